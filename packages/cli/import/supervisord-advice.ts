// supervisord-advice.ts: what to do instead of the keys and sections that cannot be carried over.
import type { Advice } from "./group.ts";

const KEPT =
  "Skelly keeps each module's output, with times: `skelly logs`; `logs: { maxSize, keep }`.";
const EVENTS = "`skelly events --follow --json` tells what happens.";

export const ADVICE: Advice = {
  stderr_logfile_maxbytes: KEPT,
  stderr_logfile_backups: KEPT,
  stdout_capture_maxbytes: EVENTS,
  stderr_capture_maxbytes: EVENTS,
  stdout_events_enabled: EVENTS,
  stderr_events_enabled: EVENTS,
  stdout_syslog: KEPT,
  stderr_syslog: KEPT,
  serverurl: "SUPERVISOR_SERVER_URL is not set; `skelly` commands reach the orchestrator.",
};

export const SECTION_ADVICE: Advice = {
  supervisord:
    "It is about supervisord itself; the orchestrator keeps its state and log in `.skelly/`.",
  supervisorctl: "The commands are `skelly status`, `start`, `stop`, `restart`, `logs`.",
  unix_http_server: "The control socket lies in `.skelly/`, for its owner only.",
  inet_http_server: "The orchestrator speaks no HTTP.",
  rpcinterface: "`skelly status --json` and the control socket answer programs.",
  group: "Name its modules together in the commands: `skelly restart one two`.",
  eventlistener:
    "It speaks supervisord's own protocol. `skelly events --follow --json` tells what happens.",
  "fcgi-program":
    "Skelly opens no FastCGI socket; let the program open its own, or use spawn-fcgi.",
  ctlplugin: "Skelly's commands have no plugins.",
};
