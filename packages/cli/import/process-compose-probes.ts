// process-compose-probes.ts: its readiness and liveness probes, and the line that says ready.

import { isAbsolute, relative, resolve } from "node:path";
import type { LivenessConfig, ReadyConfig } from "@skelly-jelly/contract";
import type { Group } from "./group.ts";
import type { WritableModule } from "./imported.ts";
import { malformed } from "./notes.ts";
import { startupFor, timed } from "./probes.ts";
import type { ProcessPlace, Project } from "./process-compose-project.ts";
import { shellLine, shellWord } from "./variables.ts";

/** Its defaults, in seconds. */
const PERIOD = 10;
const TIMEOUT = 1;
const FAILURES = 3;

export function probesOf(project: Project, place: ProcessPlace): WritableModule {
  const { group, id } = place;
  const config: WritableModule = {};
  const ready = group.group("readiness_probe");
  const live = group.group("liveness_probe");
  const line = group.text("ready_log_line");
  if (ready !== null) {
    config.ready = probeOf(project, place, ready);
    const startup = startupFor(1000 * startupSeconds(ready));
    if (startup !== null) config.startupTimeout = startup;
    if (line !== null) {
      const instead = "It has a readiness probe too, and Skelly takes one sign: that one.";
      project.source.notes.add({
        module: id,
        what: "ready_log_line",
        line: group.line("ready_log_line"),
        instead,
      });
    }
  } else if (line !== null) {
    // There it is a part of the line, here a regular expression.
    config.ready = { log: line.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&") } satisfies ReadyConfig;
  }
  if (live !== null) {
    config.liveness = probeOf(project, place, live);
    const delay = live.whole("initial_delay_seconds") ?? 0;
    if (
      delay >
      (live.whole("period_seconds") ?? PERIOD) * (live.whole("failure_threshold") ?? FAILURES)
    ) {
      project.source.notes.add({
        module: id,
        what: `liveness_probe.initial_delay_seconds (${delay})`,
        line: live.line("initial_delay_seconds"),
        instead: "Skelly asks from readiness on: write `ready`, or a larger `threshold`.",
      });
    }
  }
  return config;
}

const startupSeconds = (probe: Group): number =>
  (probe.whole("initial_delay_seconds") ?? 0) +
  (probe.whole("period_seconds") ?? PERIOD) * (probe.whole("failure_threshold") ?? FAILURES);

function probeOf(project: Project, place: ProcessPlace, probe: Group): LivenessConfig {
  const { source } = project;
  const exec = probe.group("exec");
  const http = probe.group("http_get");
  if (exec === null && http === null) {
    throw malformed(source.shown, probe.line(), "a probe needs exec or http_get");
  }
  const ask = exec !== null ? execOf(project, place, exec) : httpOf(project, place, http as Group);
  probe.take("initial_delay_seconds");
  const answer = timed(ask, {
    intervalMs: 1000 * Math.max(1, probe.whole("period_seconds") ?? PERIOD),
    timeoutMs: 1000 * Math.max(1, probe.whole("timeout_seconds") ?? TIMEOUT),
    failures: probe.whole("failure_threshold") ?? FAILURES,
    successes: probe.whole("success_threshold"),
  });
  probe.noteRest(source.notes, place.id, {}, "probe ");
  return answer;
}

function execOf({ source, words }: Project, place: ProcessPlace, exec: Group) {
  const command = exec.text("command");
  if (command === null) throw malformed(source.shown, exec.line(), "exec needs a command");
  const line = shellLine(words.mixed(command, place));
  const own = place.group.text("working_dir");
  const base = resolve(source.folder, own ?? ".");
  const written = exec.text("working_dir");
  exec.noteRest(source.notes, place.id, {}, "exec ");
  if (written === null) return { exec: line };
  const folder = resolve(source.folder, words.now(written, place, "working_dir", source.notes));
  const there = isAbsolute(written) ? folder : relative(base, folder) || ".";
  return { exec: `cd ${shellWord([there])} && ${line}` };
}

const STATUS_ADVICE = { headers: "The question has none; ask with exec and curl to send some." };

function httpOf({ source, words }: Project, place: ProcessPlace, http: Group) {
  const now = (key: string): string | null => {
    const text = http.text(key);
    return text === null ? null : words.now(text, place, key, source.notes);
  };
  const scheme = (now("scheme") ?? "http").toLowerCase();
  const host = now("host") ?? "127.0.0.1";
  const port = now("port") ?? now("num_port");
  const path = now("path") ?? "/";
  const url = `${scheme}://${host}${port === null ? "" : `:${port}`}${path.startsWith("/") ? "" : "/"}${path}`;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw malformed(source.shown, http.line(), `'${url}' is no URL that can be asked`);
  }
  const status = http.whole("status_code");
  http.noteRest(source.notes, place.id, STATUS_ADVICE, "http_get ");
  return status === null ? { http: url } : { http: { url, status } };
}
