// amounts.ts: durations, sizes and signals as other products write them, and as we do.

import { constants } from "node:os";
import type { Duration, Size } from "@skelly-jelly/contract";

const GO_UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** `1m30s`, `1.5h`, `500ms`, as Go writes them; `null` when it is none. */
export function goDurationMs(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  const read = parts.map(([whole]) => whole).join("");
  if (parts.length === 0 || read !== text.trim()) return text.trim() === "0" ? 0 : null;
  return Math.round(
    parts.reduce((sum, [, count, unit]) => sum + Number(count) * (GO_UNITS_MS[unit ?? ""] ?? 0), 0),
  );
}

/** PM2's `3000`, `"10s"`, `"5m"`, `"1h"`. */
export function pm2DurationMs(text: string): number | null {
  const match = /^(\d+)(h|m|s)?$/.exec(text.trim());
  return match === null ? null : Number(match[1]) * (GO_UNITS_MS[match[2] ?? "ms"] ?? 1);
}

const POWER: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/** `512m`, `1gb`, `50M`: powers of 1024, as Docker, PM2 and supervisord mean them. */
export function binaryBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim());
  if (match === null) return null;
  return Math.round(Number(match[1]) * 1024 ** (POWER[(match[2] ?? "").toLowerCase()] ?? 0));
}

const DURATIONS = [
  [3_600_000, "h"],
  [60_000, "m"],
  [1000, "s"],
] as const;

/** The largest unit that says it exactly. */
export function durationText(ms: number): Extract<Duration, string> {
  const [unitMs, unit] =
    ms === 0
      ? ([1, "s"] as const)
      : (DURATIONS.find(([each]) => ms >= each && ms % each === 0) ?? ([1, "ms"] as const));
  return `${ms / unitMs}${unit}` as Extract<Duration, string>;
}

const SIZES = [
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
  [2 ** 10, "KiB"],
] as const;

export function sizeText(bytes: number): Extract<Size, string> {
  const [unitBytes, unit] = SIZES.find(([each]) => bytes >= each && bytes % each === 0) ?? [1, "B"];
  return `${bytes / unitBytes}${unit}` as Extract<Size, string>;
}

/** `TERM`, `SIGTERM`, `15` or `"15"`; `null` when there is no such signal. */
export function signalName(written: string): string | null {
  const text = written.trim().toUpperCase();
  if (/^\d+$/.test(text)) {
    const found = Object.entries(constants.signals).find(([, number]) => number === Number(text));
    return found?.[0] ?? null;
  }
  const name = text.startsWith("SIG") ? text : `SIG${text}`;
  return Object.hasOwn(constants.signals, name) ? name : null;
}
