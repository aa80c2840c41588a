// compose-health.ts: a healthcheck as readiness: Docker holds dependents back for it, and restarts
// nothing.
import type { ReadyConfig } from "@skelly-jelly/contract";
import { durationText, goDurationMs } from "./amounts.ts";
import type { Project, Service } from "./compose-project.ts";
import type { Group } from "./group.ts";
import type { WritableModule } from "./imported.ts";
import { startupFor } from "./probes.ts";
import { commandOf, shellLine, withVariables } from "./variables.ts";

/** Docker's defaults. */
const INTERVAL_MS = 30_000;
const TIMEOUT_MS = 30_000;
const RETRIES = 3;

export function healthOf(project: Project, service: Service): WritableModule {
  const { source } = project;
  const { group, id } = service;
  const check = group.group("healthcheck");
  if (check === null || check.flag("disable") === true) return {};
  const exec = execOf(check);
  const durationAt = (key: string): number | null => {
    const text = check.text(key);
    if (text === null) return null;
    const ms = goDurationMs(project.now(service, `healthcheck.${key}`, text));
    if (ms === null) throw check.wrong(key, 'a duration such as "30s" or "1m30s"');
    return ms;
  };
  const intervalMs = durationAt("interval") ?? INTERVAL_MS;
  const timeoutMs = durationAt("timeout") ?? Math.min(TIMEOUT_MS, intervalMs);
  const startMs = durationAt("start_period") ?? 0;
  const retries = check.whole("retries", 1) ?? RETRIES;
  // While it starts Skelly asks more often by itself.
  check.take("start_interval");
  check.noteRest(source.notes, id, {}, "healthcheck.");
  if (exec === null) return {};
  const ready: ReadyConfig = {
    exec,
    interval: durationText(Math.max(10, intervalMs)),
    timeout: durationText(Math.max(1, timeoutMs)),
    threshold: Math.min(1000, retries),
  };
  const startup = startupFor(startMs + retries * intervalMs);
  return { ready, ...(startup !== null && { startupTimeout: startup }) };
}

/** `null`: `NONE`, which only takes back the image's own. */
function execOf(check: Group): string | readonly string[] | null {
  const test = check.take("test");
  if (test === undefined) return null;
  if (typeof test === "string") return shellLine(withVariables(test));
  const [kind, ...words] = check.texts("test") ?? [];
  if (kind === "NONE") return null;
  if (kind === "CMD-SHELL" && words.length === 1) return shellLine(withVariables(words[0] ?? ""));
  if (kind === "CMD" && words.length > 0) return commandOf(words.map(withVariables));
  throw check.wrong("test", 'text, or a list that begins with "CMD", "CMD-SHELL" or "NONE"');
}
