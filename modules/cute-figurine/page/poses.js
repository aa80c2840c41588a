// poses.js: what each mood looks like at a moment, as numbers. Pure; the clock comes in.

/**
 * The neutral stance; every mood and gesture says only what it does differently.
 * Angles in radians, lengths in drawing units (the figure is about 300 high), hands relative to shoulders.
 */
export const REST = {
  lift: 0, // how high it floats
  squash: 0, // -: stretched, +: squeezed
  lean: 0,
  sway: 0,
  tilt: 0, // head
  nod: 0,
  leftX: -34,
  leftY: 50,
  rightX: 34,
  rightY: 50,
  step: 0, // feet apart
  kickLeft: 0,
  kickRight: 0,
  eye: 1, // 0: shut, 1: open, 1.2: wide
  happyEye: 0, // 1: eyes are smiling arcs
  lookX: 0,
  lookY: 0,
  brow: 0, // -: worried, +: keen
  smile: 0.6, // -1 .. 1
  open: 0, // mouth
  blush: 0.5,
  breath: 1,
};

const wave = (t, hz, phase = 0) => Math.sin((t * hz + phase) * Math.PI * 2);

// biome-ignore format: a table is read by column
const MOODS = {
  content:    (t) => ({ sway: wave(t, 0.2) * 2, lookX: glance(t) * 4, tilt: wave(t, 0.11) * 0.03 }),
  happy:      (t) => ({ lift: 3 + wave(t, 0.45) * 3, smile: 0.95, tilt: wave(t, 0.22) * 0.06, blush: 0.9, open: 0.25,
                        leftX: -40, rightX: 40, leftY: 44 + wave(t, 0.45) * 3, rightY: 44 + wave(t, 0.45) * 3 }),
  proud:      (t) => ({ lift: 8 + wave(t, 0.3) * 4, squash: -0.03, happyEye: 1, smile: 0.9, blush: 0.9, tilt: wave(t, 0.15) * 0.05,
                        nod: -3, leftX: -37, leftY: 30, rightX: 37, rightY: 30 }),
  focused:    (t) => ({ lift: 9 + wave(t, 0.3) * 5, eye: 0.72, lookY: 3, smile: 0.45, brow: 0.35, tilt: wave(t, 0.3, 0.1) * 0.035, nod: 2 + wave(t, 0.6) * 1.5,
                        leftX: -22, leftY: 52, rightX: 22, rightY: 52 }),
  calm:       ()  => ({ eye: 0.55, lookY: 3, smile: 0.4, brow: 0.25, breath: 0.4, leftX: -20, leftY: 56, rightX: 20, rightY: 56, nod: 2 }),
  supportive: (t) => ({ sway: wave(t, 0.22) * 4, tilt: 0.09 + wave(t, 0.22) * 0.03, smile: 0.7, blush: 0.8, brow: -0.25, lookX: glance(t) * 2,
                        leftX: -16, leftY: 42, rightX: 34, rightY: 44 }),
  concerned:  (t) => ({ sway: wave(t, 0.18) * 3, tilt: -0.1, nod: 3, eye: 1.06, brow: -0.95, smile: -0.22, blush: 0.3, lookY: -1,
                        leftX: -9, leftY: 40 + wave(t, 0.7) * 1, rightX: 9, rightY: 40 + wave(t, 0.7) * 1 }),
  thinking:   (t) => ({ tilt: 0.12 + wave(t, 0.12) * 0.03, eye: 0.95, lookX: 6 + wave(t, 0.1) * 2, lookY: -7, smile: 0.1, brow: 0.3,
                        leftX: -20, leftY: 54, rightX: 4, rightY: 4 + wave(t, 0.9) * 1.2 }),
  tired:      (t) => ({ squash: 0.05, nod: 8 + wave(t, 0.12) * 4, tilt: 0.1 + wave(t, 0.12) * 0.05, eye: 0.3 + Math.max(0, wave(t, 0.09)) * 0.2, smile: 0.05,
                        brow: -0.4, leftX: -32, leftY: 60, rightX: 32, rightY: 60, blush: 0.25, lookY: 5, breath: 1.4 }),
  sleepy:     (t) => ({ squash: 0.07, nod: 10 + wave(t, 0.13) * 3, tilt: 0.16, eye: 0, smile: 0.3, open: 0.12 + Math.max(0, wave(t, 0.13)) * 0.16,
                        leftX: -28, leftY: 60, rightX: 28, rightY: 60, blush: 0.6, breath: 2.2 }),
  excited:    (t) => ({ ...hop(t, 1.1, 22), happyEye: 0, eye: 1.15, smile: 1, open: 0.6, blush: 1, brow: 0.2,
                        leftX: -42, leftY: -8 + wave(t, 2.2) * 9, rightX: 42, rightY: -8 - wave(t, 2.2) * 9 }),
  celebrating:(t) => ({ ...hop(t, 1.15, 26), happyEye: 1, smile: 1, open: 0.75, blush: 1, tilt: wave(t, 0.57) * 0.13, lean: wave(t, 0.57) * 0.05,
                        leftX: -40, leftY: -34 + wave(t, 1.15, 0.2) * 8, rightX: 40, rightY: -34 - wave(t, 1.15, 0.2) * 8 }),
  melting:    (t) => ({ squash: 0.08, nod: 5 + wave(t, 0.15) * 2, tilt: -0.07 + wave(t, 0.1) * 0.05, eye: 0.85, brow: -0.8, smile: -0.12, open: 0.1,
                        leftX: -42, leftY: 54, rightX: 42, rightY: 54, blush: 0.4, lookY: 2 }),
};

const hop = (t, hz, high) => {
  const up = Math.abs(wave(t, hz / 2));
  const bottom = Math.max(0, 0.28 - up) / 0.28;
  return { lift: up * high, squash: bottom * 0.13 - up * 0.05, step: bottom * 3 };
};

/** Looks to a side now and then, then back. */
const glance = (t) => Math.max(-1, Math.min(1, wave(t, 0.07) * 3 + wave(t, 0.031) * 2)) * 0.8;

// biome-ignore format: a table is read by column
const GESTURES = {
  none:      { ms: 0,    pose: () => ({}) },
  wave:      { ms: 2200, pose: (t) => ({ rightX: 40 + wave(t, 2) * 9, rightY: -34, tilt: -0.08, smile: 0.95, happyEye: 0, blush: 0.9 }) },
  dance:     { ms: 4200, pose: (t) => ({ ...hop(t, 2, 12), sway: wave(t, 1) * 12, lean: wave(t, 1) * 0.07, tilt: wave(t, 1, 0.1) * 0.14, happyEye: 1, smile: 1, open: 0.5, blush: 1,
                                          leftX: -40, leftY: wave(t, 1) * 34, rightX: 40, rightY: -wave(t, 1) * 34,
                                          kickLeft: Math.max(0, wave(t, 1)) * 12, kickRight: Math.max(0, -wave(t, 1)) * 12 }) },
  stretch:   { ms: 3600, pose: (t) => { const k = ease(t / 3.6); return { squash: -0.11 * k, lift: 4 * k, leftX: -20 - 8 * (1 - k), leftY: 50 - 100 * k, rightX: 20 + 8 * (1 - k), rightY: 50 - 100 * k, eye: 1 - 0.95 * k, smile: 0.6, open: 0.35 * k, tilt: 0.07 * k }; } },
  nod:       { ms: 1600, pose: (t) => ({ nod: 4 + wave(t, 1.25) * 6, smile: 0.8, happyEye: 1 }) },
  hop:       { ms: 1400, pose: (t) => ({ ...hop(t, 1.43, 30), smile: 1, open: 0.4, eye: 1.15, leftX: -40, leftY: 14, rightX: 40, rightY: 14 }) },
  wiggle:    { ms: 1100, pose: (t) => ({ sway: wave(t, 3) * 5 * (1 - t / 1.1), lean: wave(t, 3) * 0.06 * (1 - t / 1.1), happyEye: 1, open: 0.5, smile: 1, blush: 1 }) },
  cheer:     { ms: 3200, pose: (t) => MOODS.celebrating(t) },
};

const ease = (x) => Math.sin(Math.max(0, Math.min(1, x)) * Math.PI) ** 0.6;

export const MOOD_NAMES = Object.keys(MOODS);
export const GESTURE_NAMES = Object.keys(GESTURES);
export const gestureMs = (name) => (GESTURES[name] ?? GESTURES.none).ms;

/** Where every part wants to be: the mood, a gesture over it, and how much it has melted. */
export function poseAt(mood, gesture, t, gestureT, melt) {
  const base = { ...REST, ...(MOODS[mood] ?? MOODS.content)(t) };
  const over = gesture === "none" ? {} : (GESTURES[gesture] ?? GESTURES.none).pose(gestureT);
  const pose = { ...base, ...over };
  // What melts cannot jump, and its arms grow heavy.
  const heavy = Math.min(1, melt * 1.1);
  pose.lift *= 1 - heavy;
  pose.leftY += heavy * 10;
  pose.rightY += heavy * 10;
  return pose;
}

/** One step of the way to a pose; the same speed at any frame rate. Limbs are quick, the face quicker. */
export function follow(now, goal, seconds) {
  const next = {};
  for (const key of Object.keys(REST)) {
    const k = 1 - Math.exp(-seconds * (FAST.has(key) ? 16 : 9));
    next[key] = now[key] + (goal[key] - now[key]) * k;
  }
  return next;
}

const FAST = new Set(["eye", "happyEye", "lookX", "lookY", "open", "lift", "squash"]);

/** 1: open, 0: shut. A blink lasts 0.16 s, every few seconds, sometimes twice. */
export function blink(t) {
  const every = 4.6;
  const n = Math.floor(t / every);
  const offset = (Math.sin(n * 12.9898) * 0.5 + 0.5) * 2.4;
  const at = t - n * every - offset;
  const again = n % 3 === 1 ? Math.abs(at - 0.32) : 9;
  const nearest = Math.min(Math.abs(at - 0.08), again);
  return nearest < 0.08 ? nearest / 0.08 : 1;
}
