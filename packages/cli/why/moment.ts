// moment.ts: a time as people say it ("12:03", "2 minutes ago", ISO 8601), as the span that it means. Pure.
import { durationMs } from "@skelly-jelly/contract";
import type { Moment } from "./explanation.ts";

const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,3})?)?$/;
const AGO = /^(.+?)(?: ago)$/;
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/\s*(?:seconds?|secs?)$/, "s"],
  [/\s*(?:minutes?|mins?)$/, "m"],
  [/\s*hours?$/, "h"],
  [/\s*days?$/, "d"],
];
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** "5 minutes ago" is not said to the second. */
const AGO_SHARE = 0.1;

/** `null` when it is no time. A clock time that is still to come today means yesterday's. */
export function momentOf(text: string, nowMs: number): Moment | null {
  const said = text.trim();
  const clock = CLOCK.exec(said);
  if (clock !== null) return ofClock(clock, nowMs);
  const ago = AGO.exec(said)?.[1];
  if (ago !== undefined) return ofAgo(ago, nowMs);
  if (!/^\d{4}-\d{2}-\d{2}/.test(said)) return null;
  const fromMs = Date.parse(said.replace(" ", "T"));
  if (Number.isNaN(fromMs)) return null;
  if (/^\S{10}$/.test(said)) return { fromMs, toMs: fromMs + DAY_MS };
  const fine = /:\d{2}:\d{2}/.test(said);
  return { fromMs, toMs: fromMs + (fine ? 1000 : MINUTE_MS) };
}

function ofClock([, hours, minutes, seconds, part]: RegExpExecArray, nowMs: number): Moment | null {
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return null;
  const day = new Date(nowMs);
  const ms = Math.round(Number(part ?? 0) * 1000);
  day.setHours(Number(hours), Number(minutes), Number(seconds ?? 0), ms);
  if (day.getTime() > nowMs) day.setDate(day.getDate() - 1);
  const fromMs = day.getTime();
  return { fromMs, toMs: fromMs + (seconds === undefined ? MINUTE_MS : 1000) };
}

function ofAgo(text: string, nowMs: number): Moment | null {
  const unit = UNITS.find(([words]) => words.test(text));
  const ms = durationMs(unit === undefined ? text : text.replace(unit[0], unit[1]));
  if (ms === null) return null;
  const slackMs = Math.max(1000, ms * AGO_SHARE);
  return { fromMs: nowMs - ms - slackMs, toMs: Math.min(nowMs, nowMs - ms + slackMs) };
}
