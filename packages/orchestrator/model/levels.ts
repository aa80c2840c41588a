// levels.ts: how much of itself a module offers: down for a time or for a dependency's sake, and back to full.
import type { Effect } from "./effect.ts";
import type { ModuleInput } from "./module-input.ts";
import { degradedLevelOf, type ModuleRecord } from "./module-record.ts";
import { type Step, stay } from "./step.ts";

/** A degraded level is left by itself after its time. */
export function armReturn({ level, descriptor }: ModuleRecord): readonly Effect[] {
  const rung = descriptor.ladder.find(
    (step) => step.kind === "degraded-mode" && step.level === level,
  );
  return rung?.kind === "degraded-mode"
    ? [{ kind: "arm", timer: "return", ms: rung.returnAfterMs }]
    : [];
}

/** What it depends on is away or ailing: it offers less until that is back. */
export function ease(record: ModuleRecord, input: ModuleInput): Step {
  const { dependency } = input as Extract<ModuleInput, { kind: "ease" }>;
  const level = degradedLevelOf(record.descriptor);
  const eased = { ...record, level, easedFor: { dependency, before: record.level } };
  return { record: eased, effects: toLevel(record.level, level), cause: "" };
}

export function unease(record: ModuleRecord): Step {
  const level = record.easedFor?.before ?? record.level;
  const back = { ...record, level, easedFor: null };
  return { record: back, effects: toLevel(record.level, level), cause: "" };
}

const toLevel = (from: string, level: string): readonly Effect[] =>
  from === level ? [] : [{ kind: "set-level", level }];

/** Not while it is ill: it is asked again after the same time. */
export function returnToFull(record: ModuleRecord): Step {
  if (record.easedFor !== null) {
    return stay({ ...record, easedFor: { ...record.easedFor, before: "full" } }, "");
  }
  if (record.state.kind !== "running" || record.health.status === "unhealthy") {
    return { record, effects: armReturn(record), cause: "" };
  }
  const effects: readonly Effect[] = [{ kind: "set-level", level: "full" }];
  return { record: { ...record, level: "full" }, effects, cause: "" };
}
