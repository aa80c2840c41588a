// foreground.ts: `skelly up` in the foreground: start, follow, stop on a signal, end.
import type { Json, SystemEvent } from "@skelly-jelly/contract";
import type { Context } from "../context.ts";
import { type ControlClient, ControlError, closedWithin } from "../control-client.ts";
import { EXIT } from "../exit-codes.ts";
import { type EndSignal, exitCodeOf, onEndSignal } from "../interrupt.ts";
import { logFilesIn } from "../log-files/log-folder.ts";
import { followLogs, type LogFollower } from "../log-files/log-follow.ts";
import { tailOf } from "../log-files/log-tail.ts";
import { lookOf } from "../look.ts";
import { renderLogLine } from "../render/log-line.ts";
import { renderStopped, type StopReport } from "../render/stopped.ts";
import { widthOf } from "../render/width.ts";
import {
  explainFailedStart,
  type LogEnds,
  requestStart,
  type Session,
  showUp,
} from "./await-start.ts";
import { openProgress, type Progress } from "./progress.ts";
import { applyEvent } from "./system-view.ts";

/** From the daemon's last word to the end of its connection. */
const GOODBYE_TIMEOUT_MS = 10_000;
const KILL_TIMEOUT_MS = 5_000;

/** What the signals have brought about so far. */
type Stopping = {
  signal: EndSignal | null;
  count: number;
  /** Resolves with the daemon's report, or `null` when it gave none. */
  done: Promise<StopReport | null> | null;
};

export async function followSystem(session: Session, context: Context): Promise<number> {
  const { args, terminal } = context;
  const options = { goal: "up" as const, json: args.has("json"), quiet: args.has("quiet") };
  const progress = openProgress(terminal, options, session.view);
  const stopping: Stopping = { signal: null, count: 0, done: null };
  const release = onEndSignal((signal) => onSignal(signal, stopping, session, progress, context));
  const early = session.interrupt.name;
  session.interrupt.release();
  if (early !== null) onSignal(early, stopping, session, progress, context);
  const logs = wantsLogs(context) ? openLogs(session, progress, context) : null;
  try {
    const report = await requestStart(session, { attend: true }, progress);
    if (stopping.signal === null) {
      progress.close();
      const { name } = session.view;
      const hint = `Ctrl-C stops ${name}. Elsewhere: \`skelly status\`, \`skelly logs\`.`;
      if (!options.json && !options.quiet) showUp(report, context, hint);
    }
    await followEvents(session, progress);
    return await sayEnd(stopping, session, progress, logs, context);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (stopping.signal !== null) return await sayEnd(stopping, session, progress, logs, context);
    return await explainFailedStart(error, session, progress, context);
  } finally {
    progress.close();
    logs?.close();
    release();
  }
}

/** Until the connection closes: the daemon does that as its last act. */
async function followEvents({ client, view }: Session, progress: Progress): Promise<void> {
  const onItem = (item: Json): void => {
    const event = item as unknown as SystemEvent;
    if (applyEvent(view, event)) progress.event(event);
  };
  if (view.lastSeq === 0) view.lastSeq = await lastSeqOf(client);
  const ask = { follow: true, attend: true, afterSeq: view.lastSeq, limit: 1000 };
  const asked = client.request("events", ask, { timeoutMs: null, onItem });
  // It ends with the connection, well or badly: how the system ended is read from the view.
  await Promise.race([asked.catch(() => {}), client.closed]);
  await client.closed;
}

/** Where the journal ends now: what earlier runs wrote is not shown again. */
async function lastSeqOf(client: ControlClient): Promise<number> {
  let last = 0;
  const onItem = (item: Json): void => {
    last = (item as unknown as SystemEvent).seq;
  };
  await client.request("events", { follow: false, limit: 1 }, { onItem });
  return last;
}

/** First: stop in order. Second: kill. Third: leave. */
function onSignal(
  signal: EndSignal,
  stopping: Stopping,
  session: Session,
  progress: Progress,
  context: Context,
): void {
  const { client, pid } = session;
  stopping.signal ??= signal;
  stopping.count++;
  if (stopping.count === 1) {
    if (!context.args.has("json")) progress.begin("down");
    stopping.done = requestDown(session, progress);
  } else if (stopping.count === 2) {
    progress.line("Killing everything now.");
    client.request("kill", {}, { timeoutMs: KILL_TIMEOUT_MS }).catch((error: unknown) => {
      // It may well close the connection first: that is what was asked for.
      if (error instanceof ControlError && error.code === "CONNECTION_CLOSED") return;
      const why = error instanceof Error ? error.message : String(error);
      progress.line(`${why} Once more leaves it alone; then: kill -9 ${pid}, and \`skelly up\`.`);
    });
  } else {
    progress.close();
    context.terminal.complain(`Left the orchestrator (pid ${pid}) alone. See \`skelly status\`.`);
    process.exit(exitCodeOf(stopping.signal));
  }
}

async function requestDown(
  { client, view }: Session,
  progress: Progress,
): Promise<StopReport | null> {
  const onItem = (item: Json): void => {
    const event = item as unknown as SystemEvent;
    if (applyEvent(view, event)) progress.event(event);
  };
  try {
    // The daemon keeps the limit: each module's stop.timeout, then SIGKILL.
    const answer = await client.request("down", { reason: "signal" }, { timeoutMs: null, onItem });
    return answer as unknown as StopReport;
  } catch (error) {
    // Gone without a report (killed meanwhile): the end of the connection is told as such.
    if (error instanceof ControlError) return null;
    throw error;
  }
}

async function sayEnd(
  stopping: Stopping,
  session: Session,
  progress: Progress,
  logs: LogFollower | null,
  { args, terminal }: Context,
): Promise<number> {
  const report = stopping.done === null ? null : await stopping.done;
  const closed = await closedWithin(session.client, GOODBYE_TIMEOUT_MS);
  // The modules' last words.
  logs?.flush();
  progress.close();
  const { view } = session;
  const loud = !args.has("json");
  if (report !== null && loud) {
    const forced = { forced: stopping.count > 1 };
    for (const line of renderStopped(view.name, report, lookOf(terminal), forced)) {
      terminal.print(line);
    }
  }
  if (!closed) {
    terminal.complain(`The orchestrator (pid ${session.pid}) has not ended: \`skelly status\`.`);
  }
  if (stopping.signal !== null) return exitCodeOf(stopping.signal);
  if (view.status !== "stopped") {
    terminal.complain("The orchestrator ended unexpectedly. Its modules may still run;");
    terminal.complain("`skelly up` takes charge of them again. Its last words:");
    for (const line of session.lastWords()) terminal.complain(`  ${line}`);
    return EXIT.failed;
  }
  const failed = [...view.failedRequired];
  if (failed.length > 0) {
    terminal.complain(`${view.name} has ended; failed: ${failed.join(", ")}.`);
    return EXIT.failed;
  }
  if (loud) terminal.print(`${view.name} has ended.`);
  return EXIT.done;
}

const wantsLogs = ({ args, terminal }: Context): boolean =>
  !args.has("json") && (args.has("logs") || (terminal.isTTY && !args.has("quiet")));

/** Where each log ends now. */
export const logEnds = (folder: string): LogEnds =>
  new Map(logFilesIn(folder).map(({ instance, path }) => [instance, tailOf(path, 0)]));

/** From the session's beginning: what was written before it is in `skelly logs`. */
function openLogs(session: Session, progress: Progress, { terminal }: Context): LogFollower {
  const folder = session.place.paths.logs;
  const starts = session.logsFrom;
  const nameWidth = Math.max(0, ...[...session.view.modules.keys()].map(widthOf));
  return followLogs(folder, {
    starts,
    wants: (instance) => !instance.startsWith("skelly:"),
    onLines(lines) {
      for (const line of lines) {
        progress.line(renderLogLine(line, { nameWidth, times: false }, lookOf(terminal)));
      }
    },
  });
}
