// rewards.test.ts: what is earned is earned once: no window, no replay and no restart pays twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnalysisState } from "@skelly-jelly/events";
import { check } from "@skelly-jelly/events";
import fc from "fast-check";
import { NOON_MS, WINDOW_MS, window } from "./an-analysis.ts";
import { dayBefore } from "./calendar.ts";
import { FIRST_STATE } from "./game-state.ts";
import { levelOf, titleOf } from "./levels.ts";
import { streakOn } from "./on-window.ts";
import { play } from "./play.ts";

const run = (
  from: number,
  count: number,
  state: AnalysisState["state"],
  parts: Parameters<typeof window>[2] = {},
) =>
  Array.from({ length: count }, (_, n) => window(from + n, state, { sinceWindow: from, ...parts }));

test("ten real minutes count as ten, not as the sum of all durations so far", () => {
  const { state } = play(run(0, 20, "flow"));
  assert.equal(state.sessions[0]?.focusMs, 10 * 60_000);
  assert.equal(state.today.focusMs, 10 * 60_000);
});

test("a stretch of flow is paid when it ends, by its minutes and its depth", () => {
  const { paid } = play([...run(0, 40, "flow"), ...run(40, 1, "neutral")]);
  // 20 minutes at depth 0.6: 20 + floor(20 x 0.6 x 0.5).
  assert.deepEqual(paid, ["achievement:25", "focus:26"]);
  assert.deepEqual(play([...run(0, 28, "flow"), ...run(28, 1, "neutral")]).paid, []);
});

test("more than two hours at a stretch earn no more than two", () => {
  const { paid } = play([...run(0, 400, "flow", { flowDepthRatio: 0 }), ...run(400, 1, "neutral")]);
  assert.ok(paid.includes("focus:120"), paid.join(" "));
});

test("milestones are paid once per session, and again only in another session", () => {
  const windows = run(0, 250, "flow");
  const once = play(windows);
  const milestones = once.paid.filter((one) => one.startsWith("milestone"));
  assert.deepEqual(milestones, ["milestone:50", "milestone:100"]);
  const twice = play(windows, {}, once.state);
  assert.deepEqual(twice.paid, []);
  assert.equal(twice.state.coins, once.state.coins);
  const other = play(
    windows.map((one) => ({ ...one, sessionId: "s-2" })),
    {},
    once.state,
  );
  assert.deepEqual(
    other.paid.filter((one) => one.startsWith("milestone")),
    ["milestone:50", "milestone:100"],
  );
});

test("coming back from a distraction pays five, three more when it was short, five times a session", () => {
  const windows = Array.from({ length: 8 }, (_, k) => [
    ...run(k * 4, 2, "distracted"),
    ...run(k * 4 + 2, 2, "flow"),
  ]).flat();
  const { paid, state } = play(windows);
  assert.deepEqual(
    paid.filter((one) => one.startsWith("recovery")),
    Array(5).fill("recovery:8"),
  );
  assert.equal(state.recoveriesTotal, 8);
  const slow = play([...run(0, 12, "distracted"), ...run(12, 1, "transitioning")]);
  assert.deepEqual(slow.paid, ["recovery:5"]);
});

test("the tenth way back is an achievement, reached once", () => {
  const windows = Array.from({ length: 24 }, (_, k) =>
    window(k, k % 2 === 0 ? "distracted" : "flow"),
  );
  const { state, paid } = play(windows);
  assert.equal(state.recoveriesTotal, 12);
  assert.equal(paid.filter((one) => one === "achievement:100").length, 1);
  assert.deepEqual(
    state.achievements.map(({ id }) => id),
    ["ten-returns"],
  );
});

test("a day counts once towards the streak, and a missed day ends it", () => {
  const day = (n: number) =>
    run(n * 2880, 40, "flow", { sessionId: `s-${n}`, confidenceRatio: 0.9 });
  const { state } = play([...day(0), ...day(1), ...day(2)]);
  assert.deepEqual(state.streak, { days: 3, lastDay: "2026-03-13" });
  assert.equal(streakOn(state, "2026-03-14"), 3);
  assert.equal(streakOn(state, "2026-03-15"), 0);
  assert.equal(play(day(4), {}, state).state.streak.days, 1);
});

test("the day before is right over months, leap days and the change of summer time", () => {
  assert.equal(dayBefore("2026-03-01"), "2026-02-28");
  assert.equal(dayBefore("2028-03-01"), "2028-02-29");
  assert.equal(dayBefore("2026-01-01"), "2025-12-31");
  assert.equal(dayBefore("2026-03-30"), "2026-03-29");
});

test("levels cost 100, then 150 more each, and every fifth has a title", () => {
  const levels = [0, 99, 100, 349, 350, 749, 750].map(levelOf);
  assert.deepEqual(levels, [1, 1, 2, 2, 3, 3, 4]);
  assert.equal(titleOf(1), "Loose Bones");
  assert.equal(titleOf(6), "Steady Joints");
  assert.equal(titleOf(500), "Skeleton Key");
});

test("the bonus falls the same when a recording is played again", () => {
  const windows = [...run(0, 60, "flow"), ...run(60, 1, "neutral")];
  const config = { bonusRatio: 1 };
  const [first, second] = [play(windows, config), play(windows, config)];
  assert.deepEqual(first.paid, second.paid);
  assert.ok(first.paid.some((one) => one.startsWith("bonus")));
});

test("whatever happens, the purse is what was paid, ids are unique, and every message fits the contract", () => {
  const state = fc.constantFrom(
    "flow",
    "hyperfocus",
    "distracted",
    "transitioning",
    "neutral",
    "idle",
  );
  const step = fc.record({
    state: state as fc.Arbitrary<AnalysisState["state"]>,
    windows: fc.integer({ min: 1, max: 40 }),
    gap: fc.integer({ min: -3, max: 30 }),
    confidenceRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    session: fc.constantFrom("s-1", "s-2"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let n = 4;
      const windows = steps.flatMap(
        ({ state: now, windows: count, gap, confidenceRatio, session }) => {
          n = Math.max(0, n + gap);
          const part = run(n, count, now, { confidenceRatio, sessionId: session });
          n += count;
          return part;
        },
      );
      const played = play(windows, { bonusRatio: 0.5 });
      const rewards = played.outcomes.flatMap(({ rewards: some }) => some);
      assert.equal(new Set(rewards.map(({ rewardId }) => rewardId)).size, rewards.length);
      assert.equal(
        rewards.reduce((sum, { coins }) => sum + coins, 0),
        played.state.coins,
      );
      for (const outcome of played.outcomes) {
        const { intervention, commands, rewards: paid } = outcome;
        const problems = [
          ...paid.flatMap((one) => check("gamification.reward", one)),
          ...commands.flatMap((one) => check("figurine.command", one)),
          ...(intervention === null ? [] : check("gamification.intervention", intervention)),
        ];
        assert.deepEqual(problems, []);
      }
      played.outcomes.forEach((outcome, i) => {
        const expected = windows[i]?.correlationId;
        const all = [...outcome.commands, ...outcome.rewards, outcome.intervention ?? []].flat();
        for (const one of all) assert.equal(one.correlationId, expected);
      });
    }),
    { numRuns: 60 },
  );
});

test("an ambient command comes with a change, not with every window", () => {
  const { outcomes } = play([...run(0, 10, "neutral"), ...run(10, 10, "flow")]);
  const at = outcomes.flatMap(({ commands }, i) => (commands.length > 0 ? [i] : []));
  assert.deepEqual(at, [0, 10]);
  assert.equal(outcomes[10]?.commands[0]?.mood, "focused");
});

test("deep work is paid in silence", () => {
  const { outcomes } = play(run(0, 40, "flow", { confidenceRatio: 0.95 }));
  const paid = outcomes.find(({ rewards }) => rewards.length > 0);
  assert.equal(paid?.rewards[0]?.coins, 25);
  assert.deepEqual(paid?.commands, []);
});

test("a first state is empty", () => {
  assert.equal(FIRST_STATE.coins, 0);
  assert.equal(window(0, "flow").windowEndMs, NOON_MS + WINDOW_MS);
});
