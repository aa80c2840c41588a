// templates.ts: what may be said, by kind of intervention. Plain, short, and only what is known to be true.
import type { GamificationIntervention, InterventionType } from "@skelly-jelly/events";

/** A template says only numbers it was given: one whose slot is unknown does not come up. */
export type Slots = {
  /** How long the state has lasted. */
  readonly lasted: string | null;
  readonly focusToday: string | null;
  readonly focusPercent: string | null;
  readonly milestone: string | null;
  /** What is worked on, when it is work of a kind with a name. */
  readonly work: string | null;
};

export type Template = { readonly id: string; readonly text: string };

// biome-ignore format: one template a line
const TEXTS: Record<InterventionType, readonly string[]> = {
  recovery_support: [
    "What would make the next ten minutes count?",
    "One tab, one timer, ten minutes?",
    "The thread got tangled. Which end do you want to pull?",
    "Two open loops fit in a head. Park the others on paper?",
    "If this task has lost its grip, another one may hold better today.",
    "Write the next step in five words, then see whether it wants doing.",
    "Your attention went for a walk. Call it back, or join it for five minutes?",
    "{lasted} of hopping about. Is there one thing worth going back to?",
    "Scattered for {lasted}. Which of these was the one you meant?",
    "{focusPercent} of this session was focused so far. The rest is still open.",
    "{focusToday} of focus today already. Another short stretch, or a real pause?",
    "{work} is where you left it. One line to get back in?",
    "Too many doors open. Which one closes first?",
    "A glass of water and one window. In that order?",
    "What is the smallest piece of this that could be finished?",
    "Name the thing you are avoiding. Sometimes that is all it takes to start.",
  ],
  gentle_nudge: [
    "{lasted} off the path. Still where you want to be?",
    "Checking in after {lasted}: wander on, or head back?",
    "Is this the break you needed, or the one that happened?",
    "The earlier task still waits. No rush and no verdict.",
    "A change of place may help more than another tab.",
    "Would a five-minute timer make starting lighter?",
    "{work} is still open. Back in, or done with it for today?",
    "What was the last thing that felt clear? Start from there?",
    "Stand up once. What you meant to do often comes along.",
    "{focusToday} of focus are already in today. Is that enough?",
  ],
  break_suggestion: [
    "{lasted} in. Eyes, water, shoulders?",
    "Still deep after {lasted}. A glass of water?",
    "A good place to save, stand, sip?",
    "Your body has waited {lasted}.",
    "Look at something far away for a moment?",
    "Save, stretch, return.",
    "{lasted}. Hungry, or thirsty?",
    "Shoulders down, one breath, then on.",
  ],
  gentle_encouragement: [
    "{focusToday} of focus today. That is real.",
    "{focusToday} in. The next stretch can be short.",
    "Steady so far: {focusToday} of focus today.",
    "{focusPercent} of this session was focused. That counts, also on a slow day.",
    "You have {focusToday} behind you. What would round it off?",
    "{work} has moved today: {focusToday} of focus.",
    "The hard part was starting, and that was {focusToday} ago in focus time.",
    "{focusToday} so far. Note where you are, then the next return is cheap.",
    "A calm stretch. Want to name the next piece before it fills up?",
    "Between two stretches is a fine time for water.",
  ],
  milestone_celebration: [
    "{milestone} of focus in this session. Done and counted.",
    "{milestone} of focus. That is in the books.",
    "That makes {milestone} of focus. Time for something you like?",
    "{milestone}. It happened, here are the coins.",
    "You stayed with it for {milestone}. Pause or go on, both are fine.",
    "{milestone} of focus, by the clock.",
    "The clock says {milestone} of focus. A small feast?",
    "{milestone} on record. Stretch a little before the next?",
  ],
};

const listOf = (type: InterventionType): readonly Template[] =>
  TEXTS[type].map((text, index) => ({ id: `${type}/${index + 1}`, text }));

export const TEMPLATES: Readonly<Record<InterventionType, readonly Template[]>> = {
  recovery_support: listOf("recovery_support"),
  gentle_nudge: listOf("gentle_nudge"),
  break_suggestion: listOf("break_suggestion"),
  gentle_encouragement: listOf("gentle_encouragement"),
  milestone_celebration: listOf("milestone_celebration"),
};

const MINUTE = 60_000;

/** The slots that are known; a number too small to be worth saying is not. */
export function slotsOf({ context, state }: GamificationIntervention): Slots {
  const { stateDurationMs, focusMsToday, productiveTimeRatio, workCategory, milestone } = context;
  const lasted = stateDurationMs >= 2 * MINUTE ? lengthOf(stateDurationMs) : null;
  const percent = Math.round(productiveTimeRatio * 100);
  return {
    lasted,
    focusToday: focusMsToday >= 5 * MINUTE ? lengthOf(focusMsToday) : null,
    // A low share is no news worth bringing.
    focusPercent: percent >= 40 && state !== "idle" ? `${percent} %` : null,
    milestone: milestone === null ? null : (MILESTONE_WORDS[milestone] ?? null),
    work: workCategory === null ? null : (WORK_WORDS[workCategory] ?? null),
  };
}

/** The text with its slots filled; `null` when one is unknown. */
export function fill({ text }: Template, slots: Slots): string | null {
  let complete = true;
  const filled = text.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = Object.hasOwn(slots, name) ? slots[name as keyof Slots] : null;
    complete &&= value !== null;
    return value ?? "";
  });
  return complete ? filled.charAt(0).toUpperCase() + filled.slice(1) : null;
}

const MILESTONE_WORDS: Readonly<Record<string, string>> = {
  "1h": "one hour",
  "2h": "two hours",
  "4h": "four hours",
  "8h": "eight hours",
};
const WORK_WORDS: Readonly<Record<string, string>> = {
  development: "the code",
  design: "the drawing",
  productivity: "the document",
};

/** `12 minutes`, `1 hour`, `2 hours 5 minutes`. Rounded down: never more than it was. */
export function lengthOf(ms: number): string {
  const total = Math.floor(ms / MINUTE);
  const [hours, minutes] = [Math.floor(total / 60), total % 60];
  const parts = [hours > 0 && plural(hours, "hour"), minutes > 0 && plural(minutes, "minute")];
  return parts.filter((part) => part !== false).join(" ") || "less than a minute";
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
