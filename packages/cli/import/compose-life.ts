// compose-life.ts: how services are restarted, stopped and limited.
import { existsSync, readFileSync } from "node:fs";
import type { LimitsConfig } from "@skelly-jelly/contract";
import { isPlain } from "@skelly-jelly/contract/internal";
import { binaryBytes, durationText, goDurationMs, signalName, sizeText } from "./amounts.ts";
import type { Project, Service } from "./compose-project.ts";
import type { Group } from "./group.ts";
import { MANY_ATTEMPTS, restartLadder, type WritableModule } from "./imported.ts";

/** Docker waits 100 ms, doubles up to a minute, and forgives after ten seconds. */
const docker = (attempts: number): WritableModule => ({
  recovery: { ladder: restartLadder(attempts, "100ms", "60s") },
  stableAfter: "10s",
});

export function restartOf(project: Project, service: Service): WritableModule {
  const { group } = service;
  const written = group.text("restart");
  const deploy = group.group("deploy");
  const policy = deploy?.group("restart_policy") ?? null;
  if (written === null && policy !== null) return policyOf(project, service, policy);
  if (policy !== null) {
    policy.noteRest(project.source.notes, service.id, {}, "deploy.restart_policy.");
  }
  const restart = written === null ? "no" : project.now(service, "restart", written);
  if (restart === "no" || restart === "false") return { restart: "never" };
  if (restart === "always" || restart === "unless-stopped") {
    return { restart: "always", ...docker(MANY_ATTEMPTS) };
  }
  const most = /^on-failure(?::(\d+))?$/.exec(restart);
  if (most === null) throw group.wrong("restart", "no, always, on-failure[:N] or unless-stopped");
  return {
    restart: "on-failure",
    ...docker(most[1] === undefined ? MANY_ATTEMPTS : Number(most[1])),
  };
}

function policyOf(project: Project, service: Service, policy: Group): WritableModule {
  const condition = policy.text("condition") ?? "any";
  const delayMs = goDurationMs(policy.text("delay") ?? "5s");
  if (delayMs === null) throw policy.wrong("delay", 'a duration such as "5s"');
  const attempts = policy.whole("max_attempts") ?? MANY_ATTEMPTS;
  policy.noteRest(
    project.source.notes,
    service.id,
    { window: "`stableAfter` says after how long a run forgives earlier failures." },
    "deploy.restart_policy.",
  );
  if (condition === "none") return { restart: "never" };
  if (condition !== "any" && condition !== "on-failure") {
    throw policy.wrong("condition", "none, on-failure or any");
  }
  const delay = durationText(delayMs);
  return {
    restart: condition === "any" ? "always" : "on-failure",
    recovery: { ladder: restartLadder(attempts, delay, delay) },
  };
}

export function stopOf(project: Project, service: Service): WritableModule {
  const { group } = service;
  const written = group.text("stop_signal");
  const signal = written === null ? null : signalName(project.now(service, "stop_signal", written));
  if (written !== null && signal === null) throw group.wrong("stop_signal", "a signal");
  const grace = group.text("stop_grace_period");
  const ms = grace === null ? null : goDurationMs(project.now(service, "stop_grace_period", grace));
  if (grace !== null && ms === null) {
    throw group.wrong("stop_grace_period", 'a duration such as "30s" or "1m30s"');
  }
  if (signal === null && ms === null) return {};
  return {
    stop: { ...(signal !== null && { signal }), ...(ms !== null && { timeout: durationText(ms) }) },
  };
}

export function limitsOf(project: Project, service: Service): WritableModule {
  const { source } = project;
  const { group, id } = service;
  const deploy = group.group("deploy");
  const resources = deploy?.group("resources") ?? null;
  const hard = resources?.group("limits") ?? null;
  const at = (key: string, from: Group | null): string | null => {
    const text = from?.text(key) ?? null;
    return text === null ? null : project.now(service, key, text);
  };
  const cpus = at("cpus", hard) ?? at("cpus", group);
  const memory = at("memory", hard) ?? at("mem_limit", group);
  const pids = at("pids", hard) ?? at("pids_limit", group);
  const files = openFiles(group);
  const percent = cpus === null ? 0 : Math.round(100 * Number(cpus));
  const bytes = memory === null ? 0 : binaryBytes(memory);
  if (Number.isNaN(percent)) throw (hard ?? group).wrong("cpus", "a number of cores such as 0.5");
  if (bytes === null)
    throw (hard ?? group).wrong(hard === null ? "mem_limit" : "memory", 'a size such as "512m"');
  const limits: LimitsConfig = {
    ...(percent > 0 && { cpuPercent: Math.max(1, percent) }),
    ...(bytes > 0 && { memory: sizeText(bytes) }),
    ...(pids !== null && Number(pids) > 0 && { threads: Number(pids) }),
    ...(files !== null && files > 0 && { fileHandles: files }),
  };
  const config: WritableModule = Object.keys(limits).length > 0 ? { limits } : {};
  const replicas = Number(at("replicas", deploy) ?? at("scale", group) ?? 1);
  if (!Number.isInteger(replicas) || replicas < 0) throw group.wrong("scale", "a whole number");
  if (replicas > 1) config.instances = replicas;
  if (replicas === 0) {
    const instead = "`skelly stop` keeps a module stopped.";
    source.notes.add({
      module: id,
      what: "a scale of 0",
      line: group.line("scale") ?? group.line(),
      instead,
    });
  }
  const deployAdvice = { reservations: "Skelly reserves nothing; it holds to `limits`." };
  hard?.noteRest(source.notes, id, {}, "deploy.resources.limits.");
  resources?.noteRest(source.notes, id, deployAdvice, "deploy.resources.");
  deploy?.noteRest(source.notes, id, { mode: "`instances` says how many run." }, "deploy.");
  return { ...config, ...userOf(project, service) };
}

/** `ulimits.nofile`: a number, or a soft and a hard one. */
function openFiles(group: Group): number | null {
  const all = group.take("ulimits");
  const written = isPlain(all) ? all["nofile"] : undefined;
  const soft = isPlain(written) ? (written["soft"] ?? written["hard"]) : written;
  return soft === undefined ? null : Number(soft);
}

function userOf(project: Project, service: Service): WritableModule {
  const { source } = project;
  const { group, id } = service;
  for (const [key, item] of Object.entries((group.take("ulimits") as object | undefined) ?? {})) {
    if (key === "nofile") continue;
    const instead =
      "Of these Skelly holds `limits.fileHandles`; set others with `ulimit` in a script.";
    source.notes.add({
      module: id,
      what: `ulimits.${key}: ${JSON.stringify(item)}`,
      line: group.line("ulimits"),
      instead,
    });
  }
  const written = group.text("user");
  if (written === null) return {};
  const [user = "", ownGroup] = project.now(service, "user", written).split(":");
  const note = (what: string, instead: string): void =>
    source.notes.add({ module: id, what, line: group.line("user"), instead });
  if (ownGroup !== undefined)
    note(`the group '${ownGroup}' of user`, "It runs with the groups of its user.");
  if (/^\d+$/.test(user)) return { user: Number(user) };
  if (knownUser(user)) return { user };
  note(
    `user: ${user}, a user of the image`,
    "Write `user` with one of this machine; it needs root.",
  );
  return {};
}

const knownUser = (name: string): boolean =>
  existsSync("/etc/passwd") &&
  readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .some((line) => line.startsWith(`${name}:`));
