// stance.ts: from the system's words (mood, expression, animation, state) to what the page draws. Pure.
import type { Animation, Expression, Mood, State } from "@skelly-jelly/events";

/** The stances the page knows; see page/poses.js. */
export type Stance =
  | "content"
  | "happy"
  | "proud"
  | "focused"
  | "calm"
  | "supportive"
  | "concerned"
  | "thinking"
  | "tired"
  | "sleepy"
  | "excited"
  | "celebrating"
  | "melting";

export type Gesture = "none" | "wave" | "dance" | "stretch" | "nod" | "hop" | "cheer";

/** What a command or an ambient change asks for. */
export type Look = {
  readonly mood: Mood;
  readonly expression: Expression;
  readonly animation: Animation;
  readonly meltRatio: number;
  readonly energyRatio: number;
  readonly glow: {
    readonly color: string;
    readonly intensityRatio: number;
    readonly pulseHz: number;
  };
};

const BY_MOOD: Record<Mood, (look: Look, state: State | null) => Stance> = {
  melting: () => "melting",
  celebrating: () => "celebrating",
  excited: () => "excited",
  tired: (look) => (look.expression === "sleepy" ? "sleepy" : "tired"),
  // Hyperfocus is stillness, never music: the one rule it must not break is to interrupt.
  focused: (_look, state) => (state === "hyperfocus" ? "calm" : "focused"),
  thinking: (look) => {
    if (look.expression === "concerned") return "concerned";
    return look.animation === "encouraging" ? "supportive" : "thinking";
  },
  happy: (look, state) => {
    if (look.expression === "concerned") return "concerned";
    if (look.animation === "encouraging") return "supportive";
    if (look.expression !== "happy" && look.expression !== "excited") return "content";
    return state === "flow" ? "proud" : "happy";
  },
};

/** Someone who melts for good looks it, whatever the mood says. */
const MELTING_FROM = 0.7;

export function stanceOf(look: Look, state: State | null): Stance {
  if (look.meltRatio > MELTING_FROM) return "melting";
  return BY_MOOD[look.mood](look, state);
}

/** What a clip adds once; the others are said by the stance alone. */
const GESTURES: Partial<Record<Animation, Gesture>> = {
  happy_bounce: "hop",
  celebration_dance: "dance",
  gentle_wave: "wave",
  encouraging: "nod",
  stretching: "stretch",
};

export function gestureOf(animation: Animation): Gesture {
  return GESTURES[animation] ?? "none";
}
