// template-provider.ts: picks what fits and has not been said lately. No network, no chance, no waiting.
import type { GamificationIntervention } from "@skelly-jelly/events";
import type { Template } from "./templates.ts";
import { fill, slotsOf, TEMPLATES } from "./templates.ts";

export type Choice = { readonly template: Template; readonly text: string };

/**
 * What fits now, best first: never said before what was said long ago, which comes before the recent.
 * `recent` is latest last; `avoid` was called patronising and comes only when nothing else is left.
 */
export function choicesFor(
  intervention: GamificationIntervention,
  recent: readonly string[],
  avoid: readonly string[],
  repeatAfter: number,
): readonly Choice[] {
  const slots = slotsOf(intervention);
  const fitting = TEMPLATES[intervention.type].flatMap((template) => {
    const text = fill(template, slots);
    return text === null ? [] : [{ template, text }];
  });
  const blocked = new Set(recent.slice(recent.length - Math.min(repeatAfter, recent.length)));
  const free = fitting.filter(
    ({ template }) => !blocked.has(template.id) && !avoid.includes(template.id),
  );
  // Where everything that fits was said lately, the longest ago comes first: silence is no answer here.
  const pool = free.length > 0 ? free : fitting;
  const age = ({ template }: Choice): number => recent.lastIndexOf(template.id);
  const spread = ({ template }: Choice): number =>
    hash(`${intervention.interventionId} ${template.id}`);
  return [...pool].sort((a, b) => age(a) - age(b) || spread(a) - spread(b));
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
