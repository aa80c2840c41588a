// scene.ts: everything the figurine is at a moment, and how each event changes it. Pure; the clock comes in.
import type {
  AnalysisState,
  FigurineCommand,
  GamificationReward,
  Progress,
  State,
} from "@skelly-jelly/events";
import type { Ended, MessageQueue, QueueStep } from "./message-queue.ts";
import { advance, answered, EMPTY_QUEUE, enqueue, nextDueMs, seenNow } from "./message-queue.ts";
import type { Gesture, Look, Stance } from "./stance.ts";
import { gestureOf, stanceOf } from "./stance.ts";

export type Purse = { readonly coins: number; readonly level: number; readonly streakDays: number };
export type LastReward = {
  readonly rewardId: string;
  readonly coins: number;
  readonly description: string;
};
export type LastAnalysis = {
  readonly state: State;
  readonly confidenceRatio: number;
  readonly summary: string;
  readonly correlationId: string;
};

export type Scene = {
  /** How it is when nothing special happens. */
  readonly ambient: Look;
  /** What it does for a while instead, and until when. */
  readonly act: { readonly look: Look; readonly untilMs: number; readonly priority: number } | null;
  readonly gesture: { readonly id: string; readonly name: Gesture } | null;
  readonly queue: MessageQueue;
  readonly analysis: LastAnalysis | null;
  readonly purse: Purse;
  readonly lastReward: LastReward | null;
  readonly unseenMaxMs: number;
};
export type SceneStep = { readonly scene: Scene; readonly ended: readonly Ended[] };

export const FIRST_LOOK: Look = {
  mood: "happy",
  expression: "neutral",
  animation: "idle_breathing",
  meltRatio: 0.2,
  energyRatio: 0.8,
  glow: { color: "sky", intensityRatio: 0.4, pulseHz: 0.2 },
};

export function firstScene(unseenMaxMs: number): Scene {
  return {
    ambient: FIRST_LOOK,
    act: null,
    gesture: null,
    queue: EMPTY_QUEUE,
    analysis: null,
    purse: { coins: 0, level: 1, streakDays: 0 },
    lastReward: null,
    unseenMaxMs,
  };
}

/** A command: an ambient change stays, all else lasts as long as it says, a message takes its turn. */
export function onCommand(
  scene: Scene,
  command: FigurineCommand,
  nowMs: number,
  seen: boolean,
): SceneStep {
  const purse =
    command.balanceCoins === null ? scene.purse : { ...scene.purse, coins: command.balanceCoins };
  const next = { ...scene, purse };
  if (command.message !== null) {
    return withQueue(next, enqueue(scene.queue, command, nowMs, seen), nowMs);
  }
  if (command.cause === "state") {
    const gesture = command.loop ? scene.gesture : gestureFor(command, scene.gesture);
    return { scene: { ...next, ambient: lookOf(command), gesture }, ended: [] };
  }
  // A message that is being read is not danced over.
  if (scene.act !== null && scene.act.untilMs > nowMs && scene.act.priority > command.priority) {
    return { scene: next, ended: [] };
  }
  return { scene: perform(next, command, nowMs), ended: [] };
}

export function onAnalysis(scene: Scene, analysis: AnalysisState): Scene {
  const { state, confidenceRatio, summary, correlationId } = analysis;
  return { ...scene, analysis: { state, confidenceRatio, summary, correlationId } };
}

export function onReward(scene: Scene, reward: GamificationReward): Scene {
  const { rewardId, coins, description, balanceCoins, level, streakDays } = reward;
  return {
    ...scene,
    purse: { coins: balanceCoins, level, streakDays },
    lastReward: { rewardId, coins, description },
  };
}

export function onProgress(scene: Scene, { coins, level, streakDays }: Progress): Scene {
  return { ...scene, purse: { coins, level, streakDays } };
}

/** What time does: acts end, messages end, the next one's turn comes. */
export function onTime(scene: Scene, nowMs: number, seen: boolean): SceneStep {
  const act = scene.act !== null && nowMs >= scene.act.untilMs ? null : scene.act;
  const step = advance(scene.queue, nowMs, { seen, unseenMaxMs: scene.unseenMaxMs });
  return withQueue({ ...scene, act }, step, nowMs);
}

export function onAnswered(scene: Scene, nowMs: number, seen: boolean): SceneStep {
  return withQueue({ ...scene, act: null }, answered(scene.queue, nowMs, seen), nowMs);
}

/** What was said to nobody is said again, clip and all. */
export function onPageOpened(scene: Scene, nowMs: number): Scene {
  const queue = seenNow(scene.queue, nowMs);
  if (queue === scene.queue || queue.showing === null) return scene;
  return perform({ ...scene, queue }, queue.showing.command, nowMs);
}

/** When `onTime` is next needed; `null`: only an event can change anything. */
export function sceneDueMs(scene: Scene): number | null {
  const dues = [nextDueMs(scene.queue, scene.unseenMaxMs), scene.act?.untilMs ?? null];
  const real = dues.filter((due) => due !== null);
  return real.length === 0 ? null : Math.min(...real);
}

/** A message whose turn has come brings its own look and clip. */
function withQueue(scene: Scene, step: QueueStep, nowMs: number): SceneStep {
  const before = scene.queue.showing?.command.commandId;
  const now = step.queue.showing?.command;
  const next = { ...scene, queue: step.queue };
  const isNew = now !== undefined && now.commandId !== before;
  return { scene: isNew ? perform(next, now, nowMs) : next, ended: step.ended };
}

function perform(scene: Scene, command: FigurineCommand, nowMs: number): Scene {
  const untilMs = nowMs + command.durationMs;
  return {
    ...scene,
    act: { look: lookOf(command), untilMs, priority: command.priority },
    gesture: gestureFor(command, scene.gesture),
  };
}

function gestureFor(command: FigurineCommand, before: Scene["gesture"]): Scene["gesture"] {
  const name = gestureOf(command.animation);
  return name === "none" ? before : { id: command.commandId, name };
}

const lookOf = (command: FigurineCommand): Look => ({
  mood: command.mood,
  expression: command.expression,
  animation: command.animation,
  meltRatio: command.meltRatio,
  energyRatio: command.energyRatio,
  glow: command.glow,
});

/** What the page is told. Plain data, a kilobyte at most. */
export type View = Purse & {
  readonly state: State | null;
  readonly confidenceRatio: number | null;
  readonly summary: string | null;
  readonly stance: Stance;
  readonly meltRatio: number;
  readonly energyRatio: number;
  readonly glow: Look["glow"];
  readonly gesture: Scene["gesture"];
  readonly message: {
    readonly messageId: string;
    readonly text: string;
    readonly style: string;
  } | null;
  readonly waiting: number;
  readonly lastReward: LastReward | null;
};

export function viewOf(scene: Scene): View {
  const look = scene.act?.look ?? scene.ambient;
  const state = scene.analysis?.state ?? null;
  const message = scene.queue.showing?.command.message ?? null;
  return {
    state,
    confidenceRatio: scene.analysis?.confidenceRatio ?? null,
    summary: scene.analysis?.summary ?? null,
    stance: stanceOf(look, state),
    meltRatio: look.meltRatio,
    energyRatio: look.energyRatio,
    glow: look.glow,
    gesture: scene.gesture,
    message:
      message === null
        ? null
        : { messageId: message.messageId, text: message.text, style: message.style },
    waiting: scene.queue.waiting.length,
    ...scene.purse,
    lastReward: scene.lastReward,
  };
}
