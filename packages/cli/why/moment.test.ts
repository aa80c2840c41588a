// moment.test.ts: times as people say them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf } from "./moment.ts";

process.env["TZ"] = "UTC";
const NOW = Date.parse("2026-03-05T12:30:00Z");
const span = (text: string): string | null => {
  const moment = momentOf(text, NOW);
  if (moment === null) return null;
  return `${new Date(moment.fromMs).toISOString()} ${moment.toMs - moment.fromMs}`;
};

test("a clock time is today's, or yesterday's when it is still to come; without seconds it is a minute", () => {
  assert.equal(span("12:03"), "2026-03-05T12:03:00.000Z 60000");
  assert.equal(span("12:03:04"), "2026-03-05T12:03:04.000Z 1000");
  assert.equal(span("12:03:04.5"), "2026-03-05T12:03:04.500Z 1000");
  assert.equal(span("23:00"), "2026-03-04T23:00:00.000Z 60000");
});

test("a date is a day, a date with a time a minute or a second", () => {
  assert.equal(span("2026-03-01"), "2026-03-01T00:00:00.000Z 86400000");
  assert.equal(span("2026-03-01 10:00"), "2026-03-01T10:00:00.000Z 60000");
  assert.equal(span("2026-03-01T10:00:01Z"), "2026-03-01T10:00:01.000Z 1000");
});

test("'ago' has a span that grows with it", () => {
  assert.equal(span("5m ago"), "2026-03-05T12:24:30.000Z 60000");
  assert.equal(span("5 minutes ago"), span("5m ago"));
  assert.equal(span("2 hours ago"), "2026-03-05T10:18:00.000Z 1440000");
});

test("what is no time is none", () => {
  for (const text of ["", "noon", "25:00", "12:61", "5m", "x ago", "2026-13-45"]) {
    assert.equal(momentOf(text, NOW), null, text);
  }
});
