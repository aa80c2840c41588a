// simulate.ts: one seed, or many: plays their stories, and shrinks the first that breaks an invariant.
import type { Violation } from "./ledger.ts";
import { randomStory } from "./random-story.ts";
import { shrinkStory } from "./shrink.ts";
import { type Core, SimulatedWorld } from "./simulated-world.ts";
import type { Story } from "./story.ts";

export type SimulationResult = {
  readonly seed: number;
  readonly steps: number;
  readonly violation: Violation | null;
  /** The smallest story found that still breaks the same invariant; null when none is broken. */
  readonly story: Story | null;
  /** What happened in it, line by line. */
  readonly tale: readonly string[];
};

export type SimulationOptions = {
  readonly seed: number;
  /** About how long the story is; its end, when all must become well, comes on top. */
  readonly steps?: number;
  /** How many smaller stories are tried after a violation; 0 leaves the story as it is. */
  readonly shrinkTries?: number;
  readonly core?: Core;
};

export const STEPS_EACH = 600;
const SHRINK_TRIES = 600;

export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, steps = STEPS_EACH, shrinkTries = SHRINK_TRIES, core } = options;
  const story = randomStory(seed, steps);
  const outcome = await replay(story, core);
  const played = { seed, steps: outcome.steps, violation: outcome.violation };
  if (outcome.violation === null) return { ...played, story: null, tale: [] };
  const broken = outcome.violation;
  const small = await shrinkStory(story, shrinkTries, async (smaller) => {
    const { violation } = await replay(smaller, core);
    return violation !== null && isSame(violation, broken);
  });
  const { violation, tale } = await replay(small, core, true);
  return { ...played, violation: violation ?? broken, story: small, tale };
}

/** Plays one story, for example one kept from an earlier failure. */
export async function replay(story: Story, core?: Core, tell = false) {
  return await new SimulatedWorld(story, core === undefined ? { tell } : { core, tell }).play();
}

/** The same fault, not merely another one of the same story: same invariant, same words but for names and numbers. */
const isSame = (a: Violation, b: Violation): boolean =>
  a.invariant === b.invariant && wordsOf(a) === wordsOf(b);

const wordsOf = ({ message }: Violation): string =>
  message
    .replace(/'[^']*'/g, "'…'")
    .replace(/\d+/g, "0")
    .replace(/\(lacks: [^)]*\)/g, "");

export type SeedsOptions = {
  readonly from: number;
  readonly count: number;
  readonly stepsEach?: number;
  /** Asked before each seed: no further one when it answers true. */
  readonly isOver?: () => boolean;
  readonly shrinkTries?: number;
  readonly core?: Core;
};

export type SeedsResult = {
  readonly seeds: number;
  readonly steps: number;
  /** The first seed that failed; null when none did. */
  readonly failed: SimulationResult | null;
};

export async function runSeeds(options: SeedsOptions): Promise<SeedsResult> {
  const { from, count, stepsEach, isOver, shrinkTries, core } = options;
  let steps = 0;
  let seeds = 0;
  while (seeds < count && !(isOver?.() ?? false)) {
    const result = await simulate({
      seed: from + seeds,
      ...(stepsEach !== undefined && { steps: stepsEach }),
      ...(shrinkTries !== undefined && { shrinkTries }),
      ...(core !== undefined && { core }),
    });
    seeds += 1;
    steps += result.steps;
    if (result.violation !== null) return { seeds, steps, failed: result };
  }
  return { seeds, steps, failed: null };
}
