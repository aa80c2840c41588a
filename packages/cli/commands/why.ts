// why.ts: `skelly why <module|system>`: the chain of causes from what was observed to what is now.
import type { SystemEvent } from "@skelly-jelly/contract";
import { type Context, findPlace } from "../context.ts";
import { EXIT, usageError } from "../exit-codes.ts";
import { lookBack } from "../journal/look-back.ts";
import { lookOf } from "../look.ts";
import { didYouMean } from "../nearest.ts";
import { renderWhy } from "../render/why.ts";
import { explain, subjects } from "../why/explain.ts";
import { type Moment, SYSTEM } from "../why/explanation.ts";
import { momentOf } from "../why/moment.ts";

/** Everything but readings, which say how much and never why. */
const TYPES: readonly SystemEvent["type"][] = [
  "module-state-changed",
  "module-health-changed",
  "recovery-step",
  "error-reported",
  "limit-passed",
  "config-changed",
  "config-rejected",
  "system-status-changed",
  "note",
];

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  const [about = SYSTEM, ...more] = args.words;
  if (more.length > 0) throw usageError("`skelly why` takes one module, or `system`.");
  const nowMs = terminal.nowMs();
  const at = momentIn(args.value("at"), nowMs);
  const { status, events, modules } = await lookBack(findPlace(context), TYPES, context);
  const edges = new Map(modules.map(({ id, dependsOn }) => [id, dependsOn.map(({ on }) => on)]));
  const known = [...new Set([...subjects(status, events), ...edges.keys()])];
  if (!known.some((id) => id === about || id.startsWith(`${about}#`))) {
    throw usageError(
      `There is no module '${about}'.${didYouMean(about, known)}`,
      `\`skelly why\` explains: ${known.join(", ")}`,
    );
  }
  const answer = explain(status, events, { about, at, nowMs, edges });
  if (args.has("json")) terminal.print(JSON.stringify(answer));
  else for (const line of renderWhy(answer, lookOf(terminal))) terminal.print(line);
  return EXIT.done;
}

function momentIn(text: string | null, nowMs: number): Moment | null {
  if (text === null) return null;
  const moment = momentOf(text, nowMs);
  if (moment !== null) return moment;
  throw usageError(
    `--at must be a time such as 12:03, 12:03:04, "5m ago" or 2026-01-31T12:03 (got '${text}').`,
  );
}
