// calendar.ts: days and hours as the user's clock on the wall has them, from event time.

export type LocalTime = { readonly day: string; readonly hour: number };

/** `2026-03-29` and the hour 0..23, in this machine's time zone. */
export function localTime(timeMs: number): LocalTime {
  const date = new Date(timeMs);
  return {
    day: isoDay(date.getFullYear(), date.getMonth() + 1, date.getDate()),
    hour: date.getHours(),
  };
}

/** The day before, by the calendar: a change of summer time makes no day vanish. */
export function dayBefore(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const before = new Date(Date.UTC(year, month - 1, date - 1));
  return isoDay(before.getUTCFullYear(), before.getUTCMonth() + 1, before.getUTCDate());
}

const isoDay = (year: number, month: number, date: number): string =>
  `${String(year).padStart(4, "0")}-${two(month)}-${two(date)}`;
const two = (value: number): string => String(value).padStart(2, "0");
