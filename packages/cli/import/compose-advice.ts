// compose-advice.ts: what to do instead of the keys of Compose that are about containers.
import type { Advice } from "./group.ts";

const NETWORK = "Modules share this machine's network: reach each other by 127.0.0.1 and a port.";
const FILES = "Modules see this machine's files: give the program the path itself, or `cwd`.";
const LOGS = "Skelly keeps each module's output, with times: `skelly logs`.";
const RIGHTS = "Modules have the rights of their user: `user`.";
const CONTAINER = "It is about the container; a module has none.";

// biome-ignore format: a table is read by column
export const SERVICE_ADVICE: Advice = {
  ports: "The program listens on its own port as it is; tell it which, if the published one differs.",
  expose: NETWORK, networks: NETWORK, links: NETWORK, external_links: NETWORK, network_mode: NETWORK,
  dns: NETWORK, dns_search: NETWORK, dns_opt: NETWORK, extra_hosts: NETWORK, hostname: NETWORK,
  domainname: NETWORK, mac_address: NETWORK,
  volumes: FILES, volumes_from: FILES, tmpfs: FILES, configs: FILES, devices: FILES,
  secrets: "Refer to it in `env`: `NAME: file:./the-secret`; it is never printed.",
  read_only: FILES, storage_opt: FILES, shm_size: FILES,
  logging: LOGS, attach: LOGS,
  cap_add: RIGHTS, cap_drop: RIGHTS, privileged: RIGHTS, security_opt: RIGHTS, group_add: RIGHTS,
  userns_mode: RIGHTS, credential_spec: RIGHTS,
  container_name: "The id is its name.", labels: CONTAINER, annotations: CONTAINER, label_file: CONTAINER,
  platform: CONTAINER, pull_policy: CONTAINER, runtime: CONTAINER, isolation: CONTAINER, init: CONTAINER,
  ipc: CONTAINER, pid: CONTAINER, uts: CONTAINER, cgroup: CONTAINER, cgroup_parent: CONTAINER, sysctls: CONTAINER,
  device_cgroup_rules: CONTAINER, gpus: CONTAINER, provider: CONTAINER, models: CONTAINER,
  stdin_open: "Modules have no input; let the program read a file.",
  tty: "Modules have no terminal; `script -qec COMMAND /dev/null` makes one.",
  extends: "Write what it takes from there here.",
  develop: "`watch` is not built in Skelly.",
  post_start: "Make it a task that depends on this module.",
  pre_stop: "Skelly stops by signal; trap it in a script.",
  mem_reservation: "Skelly reserves nothing; it holds to `limits`.",
  memswap_limit: "`limits.memory` is the whole limit.", mem_swappiness: "`limits.memory` is the whole limit.",
  oom_kill_disable: "A module over its memory limit is recovered.", oom_score_adj: "A module over its memory limit is recovered.",
  cpu_shares: "Write `limits: { cpuPercent }`.", cpu_quota: "Write `limits: { cpuPercent }`.",
  cpu_period: "Write `limits: { cpuPercent }`.", cpu_count: "Write `limits: { cpuPercent }`.",
  cpu_percent: "Write `limits: { cpuPercent }`.", cpuset: "Begin the command with `taskset`.",
  cpu_rt_runtime: "Begin the command with `chrt`.", cpu_rt_period: "Begin the command with `chrt`.",
  blkio_config: "Begin the command with `ionice`.",
};

export const GLOBAL_ADVICE: Advice = {
  networks: NETWORK,
  volumes: FILES,
  configs: FILES,
  secrets: "Refer to them in `env`: `NAME: file:./the-secret`; they are never printed.",
  include: "Import the other file too, and put the modules together by hand.",
};
