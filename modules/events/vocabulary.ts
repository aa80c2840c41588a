// vocabulary.ts: the words of the system, each list the only one of its kind.
import { integer, number, object, oneOf, text } from "./shape.ts";

/** How work goes. `idle`: no activity for two minutes. */
export const STATES = [
  "flow",
  "hyperfocus",
  "distracted",
  "transitioning",
  "neutral",
  "idle",
] as const;
export type State = (typeof STATES)[number];

/** Where raw events come from. */
export const SOURCES = [
  "process-load",
  "file-activity",
  "x11-input",
  "x11-window",
  "replay",
] as const;
export type SourceId = (typeof SOURCES)[number];

/** What a key is; never which key it is. */
export const KEY_CLASSES = [
  "letter",
  "digit",
  "backspace",
  "navigation",
  "modifier",
  "function",
  "other",
] as const;
export type KeyClass = (typeof KEY_CLASSES)[number];

/** What an application is for. */
export const APP_CATEGORIES = [
  "development",
  "browser",
  "communication",
  "productivity",
  "design",
  "entertainment",
  "system",
  "other",
] as const;
export type AppCategory = (typeof APP_CATEGORIES)[number];

/** What a file is, by its extension; never its name. */
export const FILE_CLASSES = [
  "code",
  "text",
  "document",
  "data",
  "image",
  "media",
  "archive",
  "other",
] as const;
export type FileClass = (typeof FILE_CLASSES)[number];

export const INTERVENTIONS = [
  "gentle_encouragement",
  "recovery_support",
  "milestone_celebration",
  "gentle_nudge",
  "break_suggestion",
] as const;
export type InterventionType = (typeof INTERVENTIONS)[number];

export const INTERVENTION_CATEGORIES = [
  "encouragement",
  "suggestion",
  "celebration",
  "nudge",
] as const;
export type InterventionCategory = (typeof INTERVENTION_CATEGORIES)[number];

export const URGENCIES = ["low", "normal", "high"] as const;
export type Urgency = (typeof URGENCIES)[number];

export const REWARDS = ["focus", "recovery", "milestone", "achievement", "bonus", "goal"] as const;
export type RewardKind = (typeof REWARDS)[number];

/** Every clip the figurine can play, and how long one run of it lasts. */
export const CLIP_MS = {
  idle_breathing: 3000,
  focused_breathing: 2000,
  happy_bounce: 1000,
  celebration_dance: 4000,
  gentle_wave: 1200,
  thinking: 2500,
  concerned: 2500,
  encouraging: 2000,
  stretching: 3000,
  tired_sway: 2500,
  melting_medium: 1500,
  melting_heavy: 2000,
} as const;
export type Animation = keyof typeof CLIP_MS;
export const ANIMATIONS = Object.keys(CLIP_MS) as [Animation, ...Animation[]];

export const EXPRESSIONS = [
  "neutral",
  "happy",
  "concerned",
  "sleepy",
  "focused",
  "excited",
] as const;
export type Expression = (typeof EXPRESSIONS)[number];

export const MOODS = [
  "happy",
  "focused",
  "tired",
  "excited",
  "melting",
  "thinking",
  "celebrating",
] as const;
export type Mood = (typeof MOODS)[number];

export const MESSAGE_STYLES = ["normal", "encouraging", "gentle", "celebratory"] as const;
export type MessageStyle = (typeof MESSAGE_STYLES)[number];

/** What the user did about what was shown. */
export const REACTIONS = [
  "clicked",
  "engaged",
  "acted",
  "dismissed",
  "ignored",
  "patronising",
  "wrong-state",
] as const;
export type Reaction = (typeof REACTIONS)[number];

// Shapes that many events share.
export const state = oneOf(STATES);
export const id = text(128);
/** Epoch milliseconds, up to the year 9999. */
export const timeMs = integer(0, 253_402_300_799_999);
export const durationMs = number(0, 10 * 365 * 86_400_000);
export const ratio = number(0, 1);
export const count = integer(0, Number.MAX_SAFE_INTEGER);
/** A sentence for people. */
export const sentence = text(400);

/** Where in time, and in which chain of causes, an event belongs. */
export const ORIGIN = {
  /** One from the batch to the command. */
  correlationId: id,
  sessionId: id,
  /** Event time of the window that caused it: the clock for cooldowns, caps and streaks. */
  windowStartMs: timeMs,
  windowEndMs: timeMs,
} as const;

/** Why a state was chosen, in words with numbers. */
export const reason = object({
  feature: text(64),
  /** The feature's value on its fixed scale, 0..1. */
  valueRatio: ratio,
  /** What it added to the state's score; below 0: it spoke against. */
  contribution: number(-100, 100),
  text: sentence,
});
