// amounts.ts: times, sizes and shares as people read them: two parts at most, `–` for unknown.

/** 1234 -> "1.2s", 75_000 -> "1m 15s", 90_000_000 -> "1d 1h". */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return "?";
  const whole = Math.max(0, ms);
  if (whole < 1000) return `${Math.round(whole)}ms`;
  if (whole < 9_950) return `${(whole / 1000).toFixed(1)}s`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, "m", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, "h", minutes % 60, "m");
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

const two = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit} ${small}${smallUnit}`;

/** 12_345_678 -> "12.3 MB" (decimal units, as in the configuration file). */
export function size(bytes: number | null, unknown: string): string {
  if (bytes === null) return unknown;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit === 0 || amount >= 99.95 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

export function percent(value: number | null, unknown: string): string {
  if (value === null) return unknown;
  return `${value >= 99.95 ? Math.round(value) : value.toFixed(1)}%`;
}

/** "14:03:07.120" in local time. */
export function clockTime(epochMs: number): string {
  const at = new Date(epochMs);
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
  return (
    `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}` +
    `.${pad(at.getMilliseconds(), 3)}`
  );
}

/** "1 module", "2 modules". */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
