// generate.ts: makes labelled traces from a seed: the two that are shipped, and as many more as an
// evaluation wants.
// `node modules/traces/generate.ts` writes distracted.jsonl and flow.jsonl beside itself.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AppCategory, KeyClass, State } from "@skelly-jelly/events";
import type { TraceEvent, TraceHeader } from "@skelly-jelly/events/trace";
import { formatTrace, TRACE_FORMAT } from "@skelly-jelly/events/trace";

export type Trace = { readonly header: TraceHeader; readonly events: readonly TraceEvent[] };

/** mulberry32: small, and the same on every machine. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How someone behaves in a state. `[low, high]`: drawn anew for each trace or each stretch. */
type Behaviour = {
  readonly focusMs: readonly [number, number];
  readonly apps: readonly (readonly [string, AppCategory])[];
  readonly keyGapMs: readonly [number, number];
  /** 0: like a clock; 1: without any rhythm. */
  readonly unevenness: number;
  readonly burstKeys: readonly [number, number];
  readonly pauseMs: readonly [number, number];
  readonly correctionShare: number;
  readonly moveEveryMs: readonly [number, number];
  readonly clickShare: number;
  readonly saveEveryMs: number;
};

const WORK: Behaviour["apps"] = [
  ["code", "development"],
  ["kitty", "development"],
];
const MIXED: Behaviour["apps"] = [
  ["code", "development"],
  ["firefox", "browser"],
  ["libreoffice", "productivity"],
];
const SCATTERED: Behaviour["apps"] = [
  ["firefox", "browser"],
  ["discord", "communication"],
  ["code", "development"],
  ["spotify", "entertainment"],
  ["slack", "communication"],
  ["steam", "entertainment"],
];

// biome-ignore format: a table is read by column
const BEHAVIOURS: Readonly<Record<Exclude<State, "idle">, Behaviour>> = {
  flow: {
    focusMs: [240_000, 900_000], apps: WORK, keyGapMs: [130, 190], unevenness: 0.35, burstKeys: [12, 45],
    pauseMs: [1200, 4500], correctionShare: 0.04, moveEveryMs: [6000, 20_000], clickShare: 0.3, saveEveryMs: 45_000,
  },
  hyperfocus: {
    focusMs: [7_200_000, 9_000_000], apps: WORK, keyGapMs: [95, 150], unevenness: 0.25, burstKeys: [50, 140],
    pauseMs: [700, 2200], correctionShare: 0.03, moveEveryMs: [25_000, 60_000], clickShare: 0.2, saveEveryMs: 30_000,
  },
  distracted: {
    focusMs: [1500, 9000], apps: SCATTERED, keyGapMs: [110, 420], unevenness: 0.95, burstKeys: [2, 9],
    pauseMs: [1500, 9000], correctionShare: 0.2, moveEveryMs: [700, 2600], clickShare: 0.5, saveEveryMs: 0,
  },
  transitioning: {
    focusMs: [9000, 24_000], apps: MIXED, keyGapMs: [140, 300], unevenness: 0.65, burstKeys: [5, 18],
    pauseMs: [2500, 8000], correctionShare: 0.09, moveEveryMs: [1500, 5000], clickShare: 0.5, saveEveryMs: 120_000,
  },
  neutral: {
    focusMs: [45_000, 150_000], apps: MIXED, keyGapMs: [160, 320], unevenness: 0.55, burstKeys: [4, 16],
    pauseMs: [3500, 12_000], correctionShare: 0.07, moveEveryMs: [2500, 9000], clickShare: 0.4, saveEveryMs: 180_000,
  },
};

type Draw = ReturnType<typeof drawFrom>;
function drawFrom(seed: number) {
  const random = randomFrom(seed);
  return {
    random,
    between: ([low, high]: readonly [number, number]): number => low + (high - low) * random(),
    one: <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T,
    chance: (share: number): boolean => random() < share,
  };
}

function keyClass(draw: Draw, correctionShare: number): KeyClass {
  if (draw.chance(correctionShare)) return "backspace";
  const roll = draw.random();
  if (roll < 0.74) return "letter";
  if (roll < 0.8) return "digit";
  if (roll < 0.85) return "navigation";
  return roll < 0.9 ? "modifier" : "other";
}

/** Typing: bursts of keys with pauses between them. */
function typing(draw: Draw, b: Behaviour, endMs: number): TraceEvent[] {
  const events: TraceEvent[] = [];
  let lastMs: number | null = null;
  for (let atMs = draw.between(b.pauseMs); atMs < endMs; atMs += draw.between(b.pauseMs)) {
    const keys = Math.round(draw.between(b.burstKeys));
    const gapMs = draw.between(b.keyGapMs);
    for (let n = 0; n < keys && atMs < endMs; n++) {
      const offsetMs = Math.round(atMs);
      const intervalMs = lastMs === null ? null : offsetMs - lastMs;
      events.push({
        ...{ offsetMs, kind: "key", keyClass: keyClass(draw, b.correctionShare) },
        intervalMs: intervalMs !== null && intervalMs <= 10_000 ? intervalMs : null,
      });
      lastMs = offsetMs;
      atMs += Math.max(25, gapMs * (1 + b.unevenness * (draw.random() * 2 - 1)));
    }
  }
  return events;
}

function switching(draw: Draw, b: Behaviour, endMs: number): TraceEvent[] {
  const events: TraceEvent[] = [];
  let app = b.apps[0] as Behaviour["apps"][number];
  let focusMs: number | null = null;
  let atMs = 0;
  const show = (offsetMs: number) =>
    events.push({
      ...{ offsetMs: Math.round(offsetMs), kind: "window", app: app[0], category: app[1] },
      ...{ previousFocusMs: focusMs === null ? null : Math.round(focusMs), title: null },
    });
  show(0);
  let sinceMs = 0;
  for (;;) {
    atMs += draw.between(b.focusMs);
    if (atMs >= endMs) return events;
    app = draw.one(b.apps.filter((one) => one !== app));
    focusMs = atMs - sinceMs;
    sinceMs = atMs;
    show(atMs);
  }
}

function pointing(draw: Draw, b: Behaviour, endMs: number): TraceEvent[] {
  const events: TraceEvent[] = [];
  for (let atMs = 500; atMs < endMs; atMs += draw.between(b.moveEveryMs)) {
    const hurry = 1 + b.unevenness;
    const moved = Math.round(draw.between([120, 500]));
    events.push({
      ...{ offsetMs: Math.round(atMs), kind: "pointer-move", movedForMs: moved },
      distancePx: Math.round(moved * draw.between([0.2, 0.9]) * hurry),
      turnDegrees: Math.round(draw.between([0, 180]) * Math.min(1, 0.3 + b.unevenness)),
    });
    if (draw.chance(b.clickShare)) {
      const clickCount = draw.chance(0.15) ? 2 : 1;
      const offsetMs = Math.round(atMs + 150);
      events.push({ offsetMs, kind: "pointer-click", button: "left", clickCount });
    }
  }
  return events.filter(({ offsetMs }) => offsetMs < endMs);
}

function machine(draw: Draw, b: Behaviour | null, endMs: number): TraceEvent[] {
  const events: TraceEvent[] = [];
  for (let offsetMs = 0; offsetMs < endMs; offsetMs += 5000) {
    const cpuRatio = Math.round(draw.between([0.02, b === null ? 0.05 : 0.3]) * 1000) / 1000;
    events.push({
      ...{ offsetMs, kind: "load", cpuRatio, memoryRatio: 0.46, loadAverage: 0.4 },
      ...{ diskBytesPerSecond: Math.round(draw.between([0, 4e5])), networkBytesPerSecond: null },
    });
  }
  if (b === null || b.saveEveryMs === 0) return events;
  for (let atMs = b.saveEveryMs * draw.random(); atMs < endMs; atMs += b.saveEveryMs) {
    const offsetMs = Math.round(atMs);
    events.push({ offsetMs, kind: "file", fileClass: "code", changedCount: 1, renamedCount: 0 });
  }
  return events;
}

/** Nobody is in hyperfocus from the first minute: so long it is flow. */
const HYPERFOCUS_AFTER_MS = 25 * 60_000;

function labelsOf(state: State, durationMs: number): TraceHeader["labels"] {
  if (state !== "hyperfocus") return [{ fromMs: 0, toMs: durationMs, state }];
  const fromMs = Math.min(HYPERFOCUS_AFTER_MS, durationMs);
  const flow = { fromMs: 0, toMs: fromMs, state: "flow" as const };
  return fromMs === durationMs ? [flow] : [flow, { fromMs, toMs: durationMs, state }];
}

/** `blur` 0..1: how far the behaviour is drawn towards the ordinary. */
function blurred(b: Behaviour, blur: number): Behaviour {
  const usual = BEHAVIOURS.neutral;
  const mix = (own: number, other: number): number => own * (1 - blur) + other * blur;
  const range = (name: "keyGapMs" | "burstKeys" | "pauseMs" | "moveEveryMs" | "focusMs") =>
    [mix(b[name][0], usual[name][0]), mix(b[name][1], usual[name][1])] as const;
  return {
    ...b,
    keyGapMs: range("keyGapMs"),
    burstKeys: range("burstKeys"),
    pauseMs: range("pauseMs"),
    moveEveryMs: range("moveEveryMs"),
    focusMs: range("focusMs"),
    unevenness: mix(b.unevenness, usual.unevenness),
    correctionShare: mix(b.correctionShare, usual.correctionShare),
  };
}

/** One trace of one state. The same seed gives the same trace, byte for byte. */
export function generateTrace(state: State, seed: number, durationMs: number, blur = 0): Trace {
  const draw = drawFrom(seed);
  const b = state === "idle" ? null : blurred(BEHAVIOURS[state], blur);
  const events = [
    ...machine(draw, b, durationMs),
    ...(b === null ? [] : [...switching(draw, b, durationMs), ...typing(draw, b, durationMs)]),
    ...(b === null ? [] : pointing(draw, b, durationMs)),
  ].sort((a, z) => a.offsetMs - z.offsetMs);
  return {
    header: {
      trace: TRACE_FORMAT,
      name: `${state}-${seed}`,
      origin: `Synthetic: made by modules/traces/generate.ts from seed ${seed}; no person was recorded.`,
      startMs: Date.UTC(2026, 0, 5, 9),
      durationMs,
      labels: labelsOf(state, durationMs),
    },
    events,
  };
}

if (import.meta.main) {
  const shipped = { distracted: 11, flow: 7 } as const;
  for (const state of ["distracted", "flow"] as const) {
    const { header, events } = generateTrace(state, shipped[state], 600_000);
    const file = join(import.meta.dirname, `${state}.jsonl`);
    writeFileSync(file, formatTrace({ ...header, name: state }, events));
    console.log(`${file}: ${events.length} events`);
  }
}
