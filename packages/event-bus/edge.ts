// edge.ts: the checks on data where it enters and leaves a typed bus.
import type { Json } from "@skelly-jelly/contract";
import type { Validate } from "./event-bus.ts";
import { covers, hasWildcard } from "./subject.ts";

export type Validators = Readonly<Record<string, Validate>>;

/** The check for a subject: its own, or the first whose pattern covers it. */
export function edgeOf(validators: Validators): (subject: string, data: Json) => readonly string[] {
  const exact = new Map<string, Validate>();
  const wild: (readonly [string, Validate])[] = [];
  for (const [pattern, validate] of Object.entries(validators)) {
    if (hasWildcard(pattern)) wild.push([pattern, validate]);
    else exact.set(pattern, validate);
  }
  if (exact.size + wild.length === 0) return () => [];
  return (subject, data) => {
    const validate = exact.get(subject) ?? wild.find(([pattern]) => covers(pattern, subject))?.[1];
    return validate?.(data) ?? [];
  };
}
