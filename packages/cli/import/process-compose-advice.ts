// process-compose-advice.ts: what to do instead of the keys that cannot be carried over.
import type { Advice } from "./group.ts";

const LOGS =
  "Skelly keeps each module's output, with times: `skelly logs`; `logs: { maxSize, keep }`.";
const SHOWN = "It was about the terminal page only.";

export const PROCESS_ADVICE: Advice = {
  namespace: "Ids name modules; `profiles` start some of them.",
  log_location: LOGS,
  log_configuration: LOGS,
  disable_ansi_colors: 'Write `env: { NO_COLOR: "1" }`, if the program knows it.',
  is_foreground: "Skelly starts no program in your terminal; run it beside `skelly up`.",
  is_tty: "Skelly gives no terminal to modules; `script -qec COMMAND /dev/null` makes one.",
  is_interactive: "Skelly gives no terminal to modules.",
  is_elevated: "Run skelly as root, and write `user` in the modules that need less.",
  launch_timeout_seconds: "It belongs to is_daemon; `startupTimeout` bounds the start.",
  schedule: "`schedule` is not built in Skelly; let cron run `skelly restart`.",
  watch: "`watch` is not built in Skelly.",
  mcp: "Skelly offers no tools of modules.",
};

export const GLOBAL_ADVICE: Advice = {
  log_location: LOGS,
  log_level: "`skelly events` tells what the orchestrator does.",
  log_length: SHOWN,
  log_format: LOGS,
  log_configuration: LOGS,
  is_strict: "Skelly always refuses unknown keys.",
  is_tui_disabled: SHOWN,
  ordered_shutdown: "Skelly always stops in reverse order of the dependencies.",
  disable_dotenv: "Remove `envFile` from the modules.",
  extends: "Import the other file too, and put the modules together by hand.",
  env_cmds: "Run the commands before `skelly up`, and refer to their results: `env:NAME`.",
};
