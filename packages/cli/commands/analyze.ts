// analyze.ts: `skelly analyze`: where a start-up's time went, and beside an earlier one.
import type { ApiRun } from "@skelly-jelly/contract";
import { compare } from "../analyze/compare.ts";
import { RUN_TYPES, runsIn, type Waterfall, waterfallOf } from "../analyze/waterfall.ts";
import { type Context, findPlace } from "../context.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { lookBack } from "../journal/look-back.ts";
import { lookOf } from "../look.ts";
import { didYouMean } from "../nearest.ts";
import { renderComparison, renderWaterfall } from "../render/waterfall.ts";
import { waterfallSvg } from "../render/waterfall-svg.ts";

const FORMATS = ["text", "svg"];

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  if (args.words.length > 0) {
    throw usageError(`\`skelly analyze\` looks at whole start-ups (got '${args.words[0]}').`);
  }
  const format = args.value("format") ?? "text";
  if (!FORMATS.includes(format)) {
    throw usageError(
      `--format must be text or svg (got '${format}').${didYouMean(format, FORMATS)}`,
    );
  }
  const number = runNumber("run", args.value("run")) ?? 1;
  const other = runNumber("compare", args.value("compare"));
  if (format === "svg" && other !== null) throw usageError("--compare is told as text or JSON.");
  const place = findPlace(context);
  const { status, events, modules, name } = await lookBack(place, RUN_TYPES, context);
  const runs = runsIn(events, modules);
  const waterfall = runAt(runs, number);
  const comparison = other === null ? null : compare(waterfall, runAt(runs, other));
  const system = status?.system ?? name ?? "the system";
  if (args.has("json")) {
    terminal.print(JSON.stringify({ system, ...waterfall, comparison }));
    return EXIT.done;
  }
  if (format === "svg") {
    terminal.print(waterfallSvg(system, waterfall).trimEnd());
    return EXIT.done;
  }
  const look = lookOf(terminal);
  const lines = renderWaterfall(system, waterfall, look);
  if (comparison !== null) lines.push(...renderComparison(comparison, look));
  for (const line of lines) terminal.print(line);
  return EXIT.done;
}

/** `last` is 1; `null` when the flag was not given. */
function runNumber(flag: string, text: string | null): number | null {
  if (text === null) return null;
  if (text === "last") return 1;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw usageError(
    `--${flag} counts back from the last run: 1 or last, 2 is the one before it (got '${text}').`,
  );
}

function runAt(runs: readonly ApiRun[], number: number): Waterfall {
  const waterfall = waterfallOf(runs, number);
  if (waterfall !== null) return waterfall;
  const known = runs.length === 0 ? "none" : `${runs.length}`;
  throw new CommandError(EXIT.failed, `There is no run ${number}: the journal knows ${known}.`, [
    "Each `skelly up` makes one; the journal forgets the oldest.",
  ]);
}
