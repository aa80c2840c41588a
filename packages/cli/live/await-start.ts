// await-start.ts: waits until the system is up, showing how it goes; the end of `skelly up -d`.
import type { Json, SystemEvent, SystemStatusReport } from "@skelly-jelly/contract";
import { type Context, furtherProblems, type Place } from "../context.ts";
import { CLIENT_CODES, type ControlClient, ControlError, closedWithin } from "../control-client.ts";
import { EXIT } from "../exit-codes.ts";
import { exitCodeOf, type Interrupt } from "../interrupt.ts";
import { lookOf } from "../look.ts";
import { renderStatus } from "../render/status.ts";
import { wrap } from "../render/width.ts";
import { openProgress, type Progress } from "./progress.ts";
import { applyEvent, type SystemView, seedView } from "./system-view.ts";

export type LogEnds = ReadonlyMap<string, { readonly end: number; readonly inode: number }>;

/** One launcher with one daemon. */
export type Session = {
  readonly client: ControlClient;
  readonly pid: number;
  readonly place: Place;
  readonly view: SystemView;
  readonly lastWords: () => readonly string[];
  /** Where logs ended before anything of this session could write. */
  readonly logsFrom: LogEnds;
  /** Listens since before the daemon was started: a Ctrl-C then is not lost. */
  readonly interrupt: Interrupt;
};

/** A system that failed to start is stopped by its daemon; that has its own time limit. */
const WIND_DOWN_TIMEOUT_MS = 60_000;

export async function awaitStart(session: Session, context: Context): Promise<number> {
  const { args, terminal } = context;
  const { view } = session;
  const options = { goal: "up" as const, json: args.has("json"), quiet: args.has("quiet") };
  const progress = openProgress(terminal, options, view);
  const { interrupt } = session;
  try {
    const asked = requestStart(session, { attend: false }, progress);
    const first = await Promise.race([asked, interrupt.signal]);
    progress.close();
    if (typeof first === "string") {
      asked.catch(() => {}); // Ends with the connection, which nobody waits for any more.
      terminal.complain(
        `Stopped waiting; ${view.name} goes on starting (orchestrator pid ${session.pid}). ` +
          "See `skelly status`; stop it with `skelly down`.",
      );
      return exitCodeOf(first);
    }
    if (!options.json && !options.quiet)
      showUp(first, context, "`skelly logs -f` follows its output.");
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    const ended = await explainFailedStart(error, session, progress, context);
    return ended;
  } finally {
    progress.close();
  }
}

/** Streams what happens into the progress; resolves when all is up. */
export async function requestStart(
  { client, view }: Session,
  ask: { readonly attend: boolean },
  progress: Progress,
): Promise<SystemStatusReport> {
  const onItem = (item: Json): void => {
    const event = item as unknown as SystemEvent;
    if (applyEvent(view, event)) progress.event(event);
  };
  // The daemon keeps the limit: orchestrator.startupTimeout.
  const asked = client.request("await-start", ask, { timeoutMs: null, onItem });
  // What happened before this connection is no event here: the view begins with what is now.
  // Read in its place among the events: those that follow it are newer, and it must not undo them.
  const onAnswer = (report: Json): void => seedView(view, report as unknown as SystemStatusReport);
  client.request("status", { all: true }, { onAnswer }).catch(() => {
    // The connection ended: `asked` tells.
  });
  return (await asked) as unknown as SystemStatusReport;
}

export function showUp(report: SystemStatusReport, { terminal }: Context, hint: string): void {
  const look = lookOf(terminal);
  const shown = { ...report, modules: report.modules.filter(({ hidden }) => !hidden) };
  for (const line of renderStatus(shown, terminal.nowMs(), look)) terminal.print(line);
  terminal.print("");
  terminal.print(terminal.paint.dim(hint));
}

/** Says why it is not up, waits until what was started is stopped, and gives the exit code. */
export async function explainFailedStart(
  error: ControlError,
  session: Session,
  progress: Progress,
  { terminal }: Context,
): Promise<number> {
  const { paint } = terminal;
  progress.close();
  if (error.code === CLIENT_CODES.gone) {
    terminal.complain(`${paint.red("skelly:")} the orchestrator ended before the system was up.`);
    for (const line of session.lastWords()) terminal.complain(`  ${line}`);
    return EXIT.failed;
  }
  const width = Math.max(40, Math.min(terminal.width(), 100) - 10);
  const [first = "", ...more] = wrap(error.message, width);
  terminal.complain(`${paint.red("skelly:")} ${first}`);
  for (const line of [...more, ...furtherProblems(error)]) terminal.complain(`  ${line}`);
  if (!(await closedWithin(session.client, WIND_DOWN_TIMEOUT_MS))) {
    terminal.complain(`  The orchestrator (pid ${session.pid}) is still there: \`skelly status\`.`);
  }
  return error.code.endsWith("TIMEOUT") ? EXIT.timedOut : EXIT.failed;
}
