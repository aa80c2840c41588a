// decide.test.ts: when something is said, when not, and that every cooldown and cap holds by event time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnalysisState } from "@skelly-jelly/events";
import { NOON_MS, WINDOW_MS, window } from "./an-analysis.ts";
import { play } from "./play.ts";

const many = (count: number, make: (n: number) => AnalysisState): readonly AnalysisState[] =>
  Array.from({ length: count }, (_, n) => make(n));
const HOUR_WINDOWS = 3_600_000 / WINDOW_MS;

test("50 distracted windows back to back give one intervention", () => {
  // 50 windows are 25 minutes: the cooldown of 15 ends in between, so they are squeezed into 14.
  const windows = many(50, (n) =>
    window(n, "distracted", {
      windowStartMs: NOON_MS + 60_000 + n * 16_000,
      windowEndMs: NOON_MS + 60_000 + n * 16_000 + 16_000,
      stateDurationMs: 60_000 + n * 16_000,
    }),
  );
  assert.deepEqual(play(windows).asked, ["recovery_support"]);
});

test("an intervention is stamped when it is asked, answered or not", () => {
  const { state } = play(many(4, (n) => window(n, "distracted")));
  assert.equal(state.stamps.length, 1);
  assert.equal(state.stamps[0]?.answered, false);
});

test("a second distracted window inside the cooldown gives none, and says why", () => {
  const { outcomes } = play(many(6, (n) => window(n, "distracted")));
  const decision = outcomes[5]?.decision;
  assert.ok(decision?.kind === "hold");
  assert.equal(decision.rule, "cooldown");
  assert.match(decision.reason, /the last one was 120 s ago/);
});

test("eight distracted hours give at most three in any hour and 15 minutes between any two", () => {
  const { state, asked } = play(many(8 * HOUR_WINDOWS, (n) => window(n, "distracted")));
  assert.ok(asked.length >= 8, `${asked.length} asked`);
  const times = state.stamps.map(({ atMs }) => atMs);
  times.forEach((at, i) => {
    if (i > 0) assert.ok(at - (times[i - 1] ?? 0) >= 15 * 60_000);
    assert.ok(times.filter((other) => other >= at && other < at + 3_600_000).length <= 3);
  });
});

test("the hourly cap holds when the cooldown is short", () => {
  const windows = many(HOUR_WINDOWS - 2, (n) => window(n, "distracted"));
  const played = play(windows, { cooldownMs: 0, frequency: "frequent" });
  assert.equal(played.asked.length, 3);
  const rules = played.outcomes.map(({ decision }) =>
    decision.kind === "hold" ? decision.rule : "ask",
  );
  assert.ok(rules.includes("hourly-cap"));
});

// biome-ignore format: a table is read by column
const GUARDS: readonly (readonly [string, AnalysisState, string])[] = [
  ["sure flow is never interrupted",               window(200, "flow", { confidenceRatio: 0.81 }), "flow"],
  ["hyperfocus under 90 min is never interrupted", window(178, "hyperfocus"), "hyperfocus"],
  ["nobody is spoken to who is away",              window(90, "idle"), "nobody-there"],
  ["a guess decides nothing",                      window(90, "distracted", { confidenceRatio: 0.49 }), "unsure"],
  ["a window without evidence decides nothing",    window(90, "distracted", { qualityRatio: 0.1 }), "unsure"],
  ["a state must settle first",                    window(90, "distracted", { sinceWindow: 90 }), "settling"],
  ["a neutral moment needs no words",              window(90, "neutral", { metrics: { productiveTimeRatio: 0.2 } }), "nothing-fits"],
];
for (const [title, analysis, rule] of GUARDS) {
  test(title, () => {
    const decision = play([analysis]).outcomes[0]?.decision;
    assert.ok(decision?.kind === "hold");
    assert.equal(decision.rule, rule);
    assert.notEqual(decision.reason, "");
  });
}

test("a flow trace is left alone from beginning to end", () => {
  const states = ["neutral", "transitioning", "flow"] as const;
  const windows = many(110, (n) => {
    const state = states[Math.min(2, Math.floor(n / 3))] ?? "flow";
    const sinceWindow = Math.min(2, Math.floor(n / 3)) * 3;
    return window(n, state, { sinceWindow, confidenceRatio: 0.6 + (n % 40) / 100 });
  });
  assert.deepEqual(play(windows).asked, []);
});

test("90 minutes of hyperfocus bring one suggestion to pause, at the default setting", () => {
  const { asked, outcomes } = play(many(200, (n) => window(n, "hyperfocus")));
  assert.deepEqual(asked, ["break_suggestion"]);
  const at = outcomes.findIndex(({ intervention }) => intervention !== null);
  assert.equal((at + 1) * WINDOW_MS, 90 * 60_000);
});

test("more than ten distracted minutes make a nudge, with the minutes among its reasons", () => {
  const [outcome] = play([
    window(30, "distracted", { metrics: { productiveTimeRatio: 0.6 } }),
  ]).outcomes;
  assert.equal(outcome?.intervention?.type, "gentle_nudge");
  assert.match(outcome?.intervention?.reasons.join(" ") ?? "", /distracted for 16 min/);
});

test("somebody who wants the minimum still gets what matters, and kinds can be turned off", () => {
  const windows = many(4, (n) => window(n, "distracted"));
  assert.deepEqual(play(windows, { frequency: "minimal" }).asked, ["recovery_support"]);
  assert.deepEqual(play(windows, { categories: ["celebration"] }).asked, []);
});

test("there is no celebration without a milestone", () => {
  const windows = many(4 * HOUR_WINDOWS, (n) =>
    window(n, n % 2 === 0 ? "neutral" : "transitioning"),
  );
  assert.ok(!play(windows).asked.includes("milestone_celebration"));
});

test("a milestone reached in flow is celebrated once, after the flow", () => {
  const flow = many(HOUR_WINDOWS, (n) => window(n, "flow", { confidenceRatio: 0.9 }));
  const after = many(40, (n) => window(HOUR_WINDOWS + n, "neutral", { sinceWindow: HOUR_WINDOWS }));
  const { asked, outcomes } = play([...flow, ...after]);
  assert.deepEqual(
    asked.filter((type) => type === "milestone_celebration"),
    ["milestone_celebration"],
  );
  const celebrated = outcomes.find(
    ({ intervention }) => intervention?.type === "milestone_celebration",
  );
  assert.equal(celebrated?.intervention?.context.milestone, "1h");
  assert.ok(outcomes.indexOf(celebrated as never) >= HOUR_WINDOWS);
});

test("a milestone that could not be celebrated for half an hour is left alone", () => {
  const flow = many(HOUR_WINDOWS * 1.6, (n) => window(n, "flow", { confidenceRatio: 0.9 }));
  const after = many(4, (n) => window(HOUR_WINDOWS * 1.6 + n, "neutral", { sinceWindow: 190 }));
  assert.ok(!play([...flow, ...after]).asked.includes("milestone_celebration"));
});

test("a recording played again has a time line of its own; a restart in the present has not", () => {
  const trace = many(6, (n) => window(n, "distracted"));
  const first = play(trace);
  const again = play(
    trace.map((one) => ({ ...one, sessionId: "s-2" })),
    {},
    first.state,
  );
  assert.deepEqual(again.asked, ["recovery_support"]);
  const over = trace.map((one, n) => ({ ...window(n + 3, one.state), sessionId: "s-4" }));
  assert.deepEqual(play(over, {}, first.state).asked, ["recovery_support"]);
  const restarted = many(6, (n) => window(8 + n, "distracted", { sessionId: "s-3" }));
  assert.deepEqual(play(restarted, {}, first.state).asked, []);
});

test("the same window twice, or one that comes late, asks nothing and counts nothing", () => {
  const windows = [window(40, "distracted"), window(40, "distracted"), window(38, "distracted")];
  const { asked, state } = play(windows);
  assert.equal(asked.length, 1);
  assert.equal(state.sessions[0]?.distractedMs, WINDOW_MS);
});
