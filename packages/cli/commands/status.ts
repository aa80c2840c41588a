// status.ts: `skelly status`: how the system and its modules are.
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { type Context, findPlace, openClient, type Place, withClient } from "../context.ts";
import type { ControlClient } from "../control-client.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { untilInterrupted } from "../interrupt.ts";
import { lookOf } from "../look.ts";
import { renderStatus } from "../render/status.ts";

const WATCH_EVERY_MS = 1_000;

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  if (args.words.length > 0) {
    throw usageError(
      `\`skelly status\` takes no module (got '${args.words[0]}').`,
      `One module: \`skelly health ${args.words[0]}\`.`,
    );
  }
  const place = findPlace(context);
  if (args.has("watch")) return watch(context, place);
  try {
    const report = await withClient(place, (client) => askStatus(client, args.has("all")));
    show(report, context);
    return EXIT.done;
  } catch (error) {
    const stopped = error instanceof CommandError && error.exitCode === EXIT.notRunning;
    if (stopped && args.has("json")) terminal.print(JSON.stringify(NOT_RUNNING));
    throw error;
  }
}

export async function askStatus(client: ControlClient, all: boolean): Promise<SystemStatusReport> {
  return (await client.request("status", { all })) as unknown as SystemStatusReport;
}

/** What programs read when nothing runs: the same shape, with nothing in it. */
const NOT_RUNNING = {
  system: null,
  status: "stopped",
  reasons: ["not running"],
  since: null,
  uptimeMs: 0,
  orchestrator: null,
  modules: [],
};

function show(report: SystemStatusReport, { args, terminal }: Context): void {
  if (args.has("json")) return terminal.print(JSON.stringify(report));
  for (const line of renderStatus(report, terminal.nowMs(), lookOf(terminal))) terminal.print(line);
}

/** Again every second until Ctrl-C; on a terminal in place, else one after the other. */
async function watch(context: Context, place: Place): Promise<number> {
  const { terminal, args } = context;
  const interrupt = untilInterrupted();
  try {
    while (!interrupt.happened) {
      const lines = await watchedLines(context, place);
      if (terminal.isTTY && !args.has("json")) {
        const room = terminal.height() - 1;
        const shown = lines.slice(0, room).map((line) => `${line}\u001b[K\n`);
        terminal.draw(`\u001b[H${shown.join("")}\u001b[J`);
      } else for (const line of lines) terminal.print(line);
      await interrupt.orAfter(WATCH_EVERY_MS);
    }
    return interrupt.exitCode;
  } finally {
    interrupt.release();
  }
}

async function watchedLines(context: Context, place: Place): Promise<string[]> {
  const { terminal, args } = context;
  try {
    const client = await openClient(place);
    try {
      const report = await askStatus(client, args.has("all"));
      if (args.has("json")) return [JSON.stringify(report)];
      return renderStatus(report, terminal.nowMs(), lookOf(terminal));
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return args.has("json") ? [JSON.stringify(NOT_RUNNING)] : [error.message];
  }
}
