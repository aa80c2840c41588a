// adapt.test.ts: reactions change how soon a kind comes again, within their bounds, once each.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FigurineReaction } from "@skelly-jelly/events";
import { onReaction } from "./adapt.ts";
import { window } from "./an-analysis.ts";
import type { GameState } from "./game-state.ts";
import { play } from "./play.ts";

const asked = (): GameState => play([1, 2, 3].map((n) => window(n, "distracted"))).state;

const reaction = (parts: Partial<FigurineReaction>, state: GameState): FigurineReaction => ({
  reactionId: "r-1",
  correlationId: null,
  interventionId: state.stamps[0]?.interventionId ?? "",
  messageId: null,
  timeMs: 1,
  reaction: "ignored",
  shownForMs: 5000,
  correctedState: null,
  ...parts,
});

// biome-ignore format: a table is read by column
const LESSONS: readonly (readonly [FigurineReaction["reaction"], number, number, number])[] = [
  // reaction, shown for, cooldown factor, success
  ["dismissed",   800,  1.3,  0.45],
  ["dismissed",   6000, 1,    0.45],
  ["patronising", 6000, 1.3,  0.45],
  ["ignored",     9000, 1.2,  0.45],
  ["engaged",     4000, 0.9,  0.55],
  ["acted",       4000, 0.9,  0.55],
  ["clicked",     4000, 0.95, 0.5],
];
for (const [what, shownForMs, factor, success] of LESSONS) {
  test(`${what} after ${shownForMs} ms: factor ${factor}, success ${success}`, () => {
    const before = asked();
    const { adaptation } = onReaction(before, reaction({ reaction: what, shownForMs }, before));
    assert.equal(adaptation.recovery_support.cooldownFactor.toFixed(3), factor.toFixed(3));
    assert.equal(adaptation.recovery_support.success.toFixed(3), success.toFixed(3));
    assert.equal(adaptation.gentle_nudge.cooldownFactor, 1);
  });
}

test("one intervention teaches once", () => {
  const before = asked();
  const once = onReaction(before, reaction({}, before));
  assert.equal(onReaction(once, reaction({ reaction: "acted" }, once)), once);
});

test("a reaction to nothing, or to the state itself, teaches nothing", () => {
  const before = asked();
  assert.equal(onReaction(before, reaction({ interventionId: null }, before)), before);
  assert.equal(onReaction(before, reaction({ interventionId: "other" }, before)), before);
  const corrected = reaction({ reaction: "wrong-state", correctedState: "flow" }, before);
  assert.equal(onReaction(before, corrected), before);
});

test("factors stay within their bounds, however often", () => {
  let state = asked();
  for (let n = 0; n < 40; n++) {
    const open = { ...state, stamps: state.stamps.map((one) => ({ ...one, answered: false })) };
    state = onReaction(open, reaction({ reaction: n < 20 ? "ignored" : "engaged" }, open));
    const { cooldownFactor } = state.adaptation.recovery_support;
    assert.ok(cooldownFactor >= 0.5 && cooldownFactor <= 2.5, String(cooldownFactor));
  }
  assert.equal(state.adaptation.recovery_support.cooldownFactor, 0.5);
});

test("a kind that is sent away comes later; the common cooldown is never undercut", () => {
  const windows = (count: number) =>
    Array.from({ length: count }, (_, n) => window(n, "distracted"));
  const sentAway = asked();
  const adaptation = {
    ...sentAway.adaptation,
    recovery_support: { cooldownFactor: 3, success: 0.5, engagement: 0.5 },
  };
  const only = { categories: ["suggestion"] as const };
  const times = (state: GameState) =>
    play(windows(240), only, state).state.stamps.map(({ atMs }) => atMs);
  const slow = times({ ...sentAway, stamps: [], sessions: [], adaptation });
  assert.equal((slow[1] ?? 0) - (slow[0] ?? 0), 45 * 60_000);
  const eager = {
    ...adaptation,
    recovery_support: { ...adaptation.recovery_support, cooldownFactor: 0.5 },
  };
  const quick = times({ ...sentAway, stamps: [], sessions: [], adaptation: eager });
  assert.equal((quick[1] ?? 0) - (quick[0] ?? 0), 15 * 60_000);
});
