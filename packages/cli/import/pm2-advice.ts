// pm2-advice.ts: what to do instead of the keys of PM2 that cannot be carried over.
import type { Advice } from "./group.ts";

export const LOGS =
  "Skelly keeps each module's output, with times: `skelly logs`; `logs: { maxSize, keep }`.";

// biome-ignore format: a list of words
const LOG_KEYS: ReadonlySet<string> = new Set([
  "out_file", "out", "output", "out_log", "error_file", "error", "err", "err_file", "err_log", "log_file", "log",
  "log_type", "log_date_format", "time", "merge_logs", "combine_logs", "pid_file", "pid",
]);
export const isLogKey = (key: string): boolean => LOG_KEYS.has(key);

const WATCH = "`watch` is not built in Skelly; `skelly restart` does it by hand.";
const KEYMETRICS =
  "It belongs to PM2's own monitoring; `skelly status` and `skelly health` show numbers.";
const NOTHING = "It has no meaning here.";

// biome-ignore format: a table is read by column
export const APP_ADVICE: Advice = {
  watch: WATCH, watch_delay: WATCH, watch_options: WATCH, ignore_watch: WATCH,
  cron_restart: "`schedule` is not built in Skelly; let cron run `skelly restart`.",
  cron: "`schedule` is not built in Skelly; let cron run `skelly restart`.",
  namespace: "Ids name modules; `profiles` start some of them.",
  name_prefix: "Write it in the id.",
  gid: "It runs with the groups of its user.",
  filter_env: "Modules have the orchestrator's environment; begin the command with `env -u NAME`.",
  append_env_to_name: "The profile is not in the id.",
  kill_retry_time: "Skelly waits for `stop.timeout`, then kills.",
  treekill: "What a module leaves behind is always killed here.",
  source_map_support: "Add --enable-source-maps to the command.",
  disable_source_map_support: NOTHING,
  install_url: NOTHING, post_update: "Skelly does not update programs.",
  username: NOTHING, write: NOTHING, windowsHide: NOTHING, force: NOTHING, execute_command: NOTHING,
  vizion: NOTHING, automation: KEYMETRICS, pmx: KEYMETRICS, io: KEYMETRICS, trace: KEYMETRICS,
  disable_trace: KEYMETRICS, v8: KEYMETRICS, event_loop_inspector: KEYMETRICS, deep_monitoring: KEYMETRICS,
};
