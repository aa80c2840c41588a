// story-text.ts: a failed simulation in words, and as a test to keep.
import type { SimulationResult } from "./simulate.ts";
import type { Story } from "./story.ts";

export function storyText({ seed, violation, story, tale }: SimulationResult): string {
  if (violation === null || story === null) return `seed ${seed}: every invariant held`;
  return [
    `seed ${seed}: invariant ${violation.invariant} does not hold at ${violation.atMs} ms: ${violation.message}`,
    `The smallest story found (${story.system.modules.length} modules, ${story.deeds.length} deeds):`,
    ...tale.map((line) => `  ${line}`),
    "As a test to keep:",
    regressionTest(seed, violation.message, story),
  ].join("\n");
}

/** For `simulation/regressions.test.ts`; give it a better name there. */
export function regressionTest(seed: number, message: string, story: Story): string {
  return [
    `test(${JSON.stringify(`seed ${seed}: ${message}`)}, async () => {`,
    `  await holds(${JSON.stringify(story)});`,
    "});",
  ].join("\n");
}
