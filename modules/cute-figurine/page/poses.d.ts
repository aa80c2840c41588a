// poses.d.ts: what the tests need to know of the page's poses.js.
export const REST: Readonly<Record<string, number>>;
export const MOOD_NAMES: readonly string[];
export const GESTURE_NAMES: readonly string[];
export function poseAt(
  mood: string,
  gesture: string,
  t: number,
  gestureT: number,
  melt: number,
): Record<string, number>;
