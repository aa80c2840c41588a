// simulate.ts: `skelly simulate`: what would happen? The real core, your own file, virtual time.
import { durationMs, type SystemDescriptor, type SystemEvent } from "@skelly-jelly/contract";
import { wholeNumber } from "../args.ts";
import { type Context, findPlace } from "../context.ts";
import { EXIT, usageError } from "../exit-codes.ts";
import { requireConfig } from "../find-config.ts";
import { lookBack } from "../journal/look-back.ts";
import { requireSystem } from "../load-system.ts";
import { lookOf } from "../look.ts";
import { sayEvent } from "../render/events.ts";
import { padEnd, widthOf } from "../render/width.ts";
import { DEEDS, type Deed, deedsOfIncident, parseDeed } from "../simulate/deed.ts";
import { type Played, play, type Told } from "../simulate/play.ts";

const AFTER_LAST_MS = 60_000;
const FOR_MAX_MS = 7 * 86_400_000;
const USUAL_READY_MS = 100;

export async function run(context: Context): Promise<number> {
  const { args, terminal, cwd } = context;
  if (args.words.length > 0) {
    throw usageError(
      `\`skelly simulate\` takes flags only (got '${args.words[0]}').`,
      "For example: --kill storage@30s",
    );
  }
  const { file } = requireConfig(args.value("config"), cwd);
  const system = await requireSystem(file, args.value("profile"), context);
  const past = args.has("replay") ? await incident(context) : [];
  const deeds = deedsOf(system, past, context);
  const forMs = lengthOf(deeds, args.value("for"));
  const played = await play({
    system,
    deeds,
    forMs,
    seed: wholeNumber(args, "seed", 1),
    readyMs: () => USUAL_READY_MS,
  });
  if (args.has("json")) {
    for (const told of played.told) terminal.print(JSON.stringify(told));
    terminal.print(JSON.stringify({ started: played.started, status: played.status }));
  } else show(system, played, forMs, context);
  return played.started === "up" ? EXIT.done : EXIT.failed;
}

async function incident(context: Context): Promise<readonly SystemEvent[]> {
  const types = ["module-state-changed", "system-status-changed"] as const;
  return (await lookBack(findPlace(context), [...types], context)).events;
}

function deedsOf(
  { modules }: SystemDescriptor,
  past: readonly SystemEvent[],
  { args }: Context,
): readonly Deed[] {
  const ids = modules.map(({ id }) => id);
  const asked = DEEDS.flatMap((kind) =>
    args.values(kind).map((text) => parseDeed(kind, text, ids)),
  );
  return [...deedsOfIncident(past, ids), ...asked];
}

function lengthOf(deeds: readonly Deed[], text: string | null): number {
  if (text === null) return Math.max(0, ...deeds.map(({ atMs }) => atMs)) + AFTER_LAST_MS;
  const ms = durationMs(text);
  if (ms === null || ms > FOR_MAX_MS) {
    throw usageError(`--for must be a time up to 7d, such as 10m or 1h (got '${text}').`);
  }
  return ms;
}

function show(
  { name }: SystemDescriptor,
  played: Played,
  forMs: number,
  { terminal }: Context,
): void {
  const look = lookOf(terminal);
  const { paint, symbols } = look;
  const width = Math.max(1, ...played.told.map((told) => widthOf(whoOf(told))));
  for (const told of played.told) {
    const says =
      "deed" in told
        ? paint.yellow(`${symbols.arrow} ${told.deed.kind}`)
        : sayEvent(told.event, look);
    if (says === null) continue;
    terminal.print(
      `${paint.dim(stamp(told.atMs))}  ${paint.bold(padEnd(whoOf(told), width))}  ${says}`,
    );
  }
  const { status, reasons, modules } = played.status;
  terminal.print("");
  terminal.print(
    `${paint.bold(name)} after ${stamp(forMs).trim().slice(1)} of virtual time: ${status}`,
  );
  for (const reason of reasons) terminal.print(`  ${symbols.branch} ${reason}`);
  for (const { id, restarts, state } of modules) {
    const downMs = played.downMs.get(id) ?? 0;
    if (restarts === 0 && downMs === 0 && state !== "failed") continue;
    terminal.print(
      `  ${padEnd(id, width)}  ${restarts} restarts, ${stamp(downMs).trim().slice(1)} not running, now ${state}`,
    );
  }
}

const whoOf = (told: Told): string => {
  if ("deed" in told) return told.deed.module;
  return "module" in told.event && told.event.module !== null ? told.event.module : "system";
};

/** `+1m 02.500s` */
function stamp(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const seconds = ((ms % 60_000) / 1000).toFixed(3);
  return `+${minutes > 0 ? `${minutes}m ` : ""}${seconds}s`.padStart(12);
}
