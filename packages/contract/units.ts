// units.ts: durations and sizes as people write them. Pure; wrong text is a value, not a throw.

const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/;
const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `"1.5s"` -> 1500; a plain number is milliseconds. `null` when it is not a duration. */
export function durationMs(value: string | number): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : null;
  const match = DURATION.exec(value.trim());
  if (match === null) return null;
  return Math.round(Number(match[1]) * DURATION_MS[(match[2] ?? "ms") as keyof typeof DURATION_MS]);
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/;
const SIZE_BYTES = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

/** `"512MB"` -> 512000000, `"1MiB"` -> 1048576; a plain number is bytes. `null` when it is not a size. */
export function sizeBytes(value: string | number): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : null;
  const match = SIZE.exec(value.trim());
  if (match === null) return null;
  return Math.round(Number(match[1]) * SIZE_BYTES[(match[2] ?? "B") as keyof typeof SIZE_BYTES]);
}
