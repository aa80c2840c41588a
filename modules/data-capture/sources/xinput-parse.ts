// xinput-parse.ts: reads `xinput test-xi2 --root`. Key codes go in; only their class comes out.
import type { KeyClass } from "@skelly-jelly/events";

export type RawInput =
  | { readonly type: "key"; readonly keyClass: KeyClass }
  | { readonly type: "button"; readonly button: number }
  | { readonly type: "motion"; readonly dx: number; readonly dy: number };

const within = (code: number, ranges: readonly (readonly [number, number])[]): boolean =>
  ranges.some(([from, to]) => code >= from && code <= to);

/**
 * Key codes as X has them with evdev; where a letter lies differs by layout, that it is one hardly
 * does.
 */
export function keyClassOf(code: number): KeyClass {
  if (code === 22 || code === 119) return "backspace";
  if (
    within(code, [
      [24, 33],
      [38, 46],
      [52, 58],
    ])
  )
    return "letter";
  if (
    within(code, [
      [10, 19],
      [79, 81],
      [83, 85],
      [87, 90],
    ])
  )
    return "digit";
  if (within(code, [[110, 118]])) return "navigation";
  if ([37, 50, 62, 64, 66, 77, 92, 105, 108, 133, 134].includes(code)) return "modifier";
  if (
    within(code, [
      [67, 76],
      [95, 96],
    ]) ||
    code === 9
  )
    return "function";
  return "other";
}

/** Feed it line by line; it gives what each finished block says. */
export function createXinputParser(): (line: string) => RawInput | null {
  let type: "key" | "button" | "motion" | null = null;
  let dx: number | null = null;
  return (line) => {
    const head = /^EVENT type \d+ \((\w+)\)/.exec(line);
    if (head !== null) {
      dx = null;
      type =
        head[1] === "RawKeyPress"
          ? "key"
          : head[1] === "RawButtonPress"
            ? "button"
            : head[1] === "RawMotion"
              ? "motion"
              : null;
      return null;
    }
    if (type === null) return null;
    const detail = /^\s+detail:\s*(\d+)/.exec(line)?.[1];
    if (detail !== undefined && type !== "motion") {
      const found: RawInput =
        type === "key"
          ? { type, keyClass: keyClassOf(Number(detail)) }
          : { type, button: Number(detail) };
      type = null;
      return found;
    }
    const valuator = /^\s+([01]):\s*(-?\d+(?:\.\d+)?)/.exec(line);
    if (type !== "motion" || valuator === null) return null;
    if (valuator[1] === "0") {
      dx = Number(valuator[2]);
      return null;
    }
    type = null;
    return { type: "motion", dx: dx ?? 0, dy: Number(valuator[2]) };
  };
}
