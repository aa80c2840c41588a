// down.ts: `skelly down`: stops every module in reverse order, then the orchestrator.
import { setTimeout as sleep } from "node:timers/promises";
import { durationMs, type Json, type SystemEvent } from "@skelly-jelly/contract";
import type { Arguments } from "../args.ts";
import { type Context, findPlace, isAlive, readDaemonFile, withClient } from "../context.ts";
import { closedWithin } from "../control-client.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { openProgress } from "../live/progress.ts";
import { applyEvent, viewOfReport } from "../live/system-view.ts";
import { lookOf } from "../look.ts";
import { renderStopped, type StopReport } from "../render/stopped.ts";
import type { DaemonFile } from "../state-paths.ts";
import { askStatus } from "./status.ts";

/** The daemon closes the connection as the last thing it does. */
const GOODBYE_TIMEOUT_MS = 10_000;
/** From the end of the connection to the end of its process. */
const LAST_BREATH_MS = 2_000;
const LOOK_EVERY_MS = 5;

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  if (args.words.length > 0) {
    throw usageError(
      "`skelly down` stops the whole system and takes no module.",
      `One module: \`skelly stop ${args.words.join(" ")}\`.`,
    );
  }
  const timeoutMs = timeoutOf(args);
  const place = findPlace(context);
  const daemon = readDaemonFile(place.paths);
  try {
    return await withClient(place, async (client) => {
      const report = await askStatus(client, true);
      const view = viewOfReport(report);
      const progress = openProgress(
        terminal,
        { goal: "down", json: args.has("json"), quiet: false },
        view,
      );
      const onItem = (item: Json): void => {
        const event = item as unknown as SystemEvent;
        if (applyEvent(view, event) && !args.has("json")) progress.event(event);
      };
      try {
        const ask = { reason: "asked by `skelly down`", ...(timeoutMs !== null && { timeoutMs }) };
        const answer = await client.request("down", ask, { timeoutMs: null, onItem });
        await closedWithin(client, GOODBYE_TIMEOUT_MS);
        if (daemon !== null) await goneWithin(daemon, GOODBYE_TIMEOUT_MS);
        progress.close();
        const stopped = answer as unknown as StopReport;
        if (args.has("json")) terminal.print(JSON.stringify(answer));
        else
          for (const line of renderStopped(report.system, stopped, lookOf(terminal)))
            terminal.print(line);
        return stopped.left.length > 0 ? EXIT.failed : EXIT.done;
      } finally {
        progress.close();
      }
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.exitCode !== EXIT.notRunning && !(await hasJustEnded(daemon))) throw error;
    // After an unclean end something may still run, and a deaf orchestrator certainly does.
    if (readDaemonFile(place.paths) !== null) throw error;
    if (args.has("json")) terminal.print(JSON.stringify({ stopped: 0, killed: [], left: [] }));
    else terminal.print(error.exitCode === EXIT.notRunning ? error.message : "It has just ended.");
    return EXIT.done;
  }
}

/** Somebody else asked it first, and it was already saying goodbye. */
const hasJustEnded = async (daemon: DaemonFile | null): Promise<boolean> =>
  daemon !== null && (await goneWithin(daemon, LAST_BREATH_MS));

/** Its process ends a moment after its last word; whoever comes next is to find nothing of it. */
async function goneWithin(daemon: DaemonFile, ms: number): Promise<boolean> {
  for (const from = performance.now(); isAlive(daemon); ) {
    if (performance.now() - from > ms) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

/** `--timeout 30s`; `null` when not given. */
export function timeoutOf(args: Arguments): number | null {
  const text = args.value("timeout");
  if (text === null) return null;
  const ms = durationMs(text);
  if (ms === null) throw usageError(`--timeout must be a time such as 30s or 2m (got '${text}').`);
  return ms;
}
