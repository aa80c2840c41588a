// analysis.test.ts: a state has reasons, an odd window does not turn it, and corrections are
// learned.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AnalysisState, State } from "@skelly-jelly/events";
import { check, checkAnswer } from "@skelly-jelly/events";
import { generateTrace } from "../traces/generate.ts";
import { batchesOf } from "../traces/windows.ts";
import { createAnalyst } from "./analyst.ts";
import { analyse } from "./engine.ts";
import { featuresOf } from "./features.ts";
import { openKeeper } from "./keeper.ts";
import { learn, nothingLearned } from "./learning.ts";
import type { Memory } from "./memory.ts";
import { newMemory } from "./memory.ts";
import { PRIOR, probabilitiesOf, smoothed, sumWeights } from "./model.ts";

function statesOf(state: State, minutes: number, seed = 3): AnalysisState[] {
  let memory: Memory | null = null;
  return batchesOf(generateTrace(state, seed, minutes * 60_000)).map(({ batch }) => {
    const analysed = analyse(batch, memory, nothingLearned());
    memory = analysed.memory;
    return analysed.state;
  });
}
const folder = (t: { after(work: () => void): void }): string => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-analysis-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};
const quiet = (): void => undefined;

test("each state is told from the others, and every answer is as the contract has it", () => {
  for (const state of ["flow", "distracted", "transitioning", "neutral"] as const) {
    const states = statesOf(state, 10);
    const right = states.filter((one) => one.state === state).length;
    assert.ok(right / states.length >= 0.8, `${state}: ${right} of ${states.length}`);
    for (const one of states) assert.deepEqual(check("analysis.state", one), []);
  }
});

test("hours on one window with strong bursts are hyperfocus, the first minutes are flow", () => {
  const states = statesOf("hyperfocus", 45);
  assert.equal(states[4]?.state, "flow");
  assert.equal(states.at(-1)?.state, "hyperfocus");
  assert.ok((states.at(-1)?.flowDepthRatio ?? 0) > 0.7);
});

test("two minutes without activity are idle, and idleness says for how long", () => {
  const states = statesOf("idle", 4);
  assert.deepEqual(
    states.map((one) => one.state),
    ["neutral", "neutral", "neutral", "idle", "idle", "idle", "idle", "idle"],
  );
  assert.match(states.at(-1)?.summary ?? "", /no sign of activity for 4 min/);
  assert.equal(states.at(-1)?.confidenceRatio, 1);
});

test("distracted says why, in words with numbers", () => {
  const state = statesOf("distracted", 5).at(-1);
  assert.equal(state?.state, "distracted");
  assert.match(state?.summary ?? "", /^Distracted \(\d+ %\): .*\d+.* switches/);
  assert.ok((state?.reasons[0]?.contribution ?? 0) > 0);
  assert.equal(state?.metrics.productiveTimeRatio, 0);
});

test("where nobody knows windows, nothing is said of focus, and little evidence is said first", () => {
  const [window] = batchesOf(generateTrace("neutral", 3, 30_000));
  assert.ok(window !== undefined);
  const events = window.batch.events.filter(({ kind }) => kind === "file" || kind === "load");
  const { state } = analyse({ ...window.batch, events }, null, nothingLearned());
  assert.equal(state.state, "neutral");
  assert.match(state.summary, /little to go by: \d signs? of activity/);
  assert.doesNotMatch(JSON.stringify(state.reasons), /window/);
});

test("a duration goes on over windows of one state and is not added twice", () => {
  const states = statesOf("flow", 6);
  const flow = states.filter((one) => one.state === "flow");
  const [first] = flow;
  assert.ok(first !== undefined);
  assert.equal(flow.at(-1)?.stateDurationMs, (flow.at(-1)?.windowEndMs ?? 0) - first.windowStartMs);
});

test("one distracted window in the middle of flow does not end it for long", () => {
  const flow = batchesOf(generateTrace("flow", 3, 480_000)).map(({ batch }) => batch);
  const odd = batchesOf(generateTrace("distracted", 3, 60_000))[1]?.batch;
  assert.ok(odd !== undefined);
  let memory: Memory | null = null;
  const states = flow.map((batch, n) => {
    const shiftMs = batch.windowStartMs - odd.windowStartMs;
    const events = odd.events.map((event) => ({ ...event, timeMs: event.timeMs + shiftMs }));
    const analysed = analyse(n === 8 ? { ...batch, events } : batch, memory, nothingLearned());
    memory = analysed.memory;
    return analysed.state;
  });
  assert.ok((states[8]?.confidenceRatio ?? 1) < 0.8, "an odd window is not believed in full");
  assert.equal(states.at(-1)?.state, "flow");
});

test("smoothing blends with the window before, not with itself", () => {
  const all = (flow: number) => ({
    ...{ flow, hyperfocus: 0, distracted: 1 - flow, transitioning: 0, neutral: 0 },
  });
  const blended = smoothed(all(0), { ...all(1), idle: 0 }, 0.7);
  assert.ok(Math.abs(blended.flow - 0.3) < 1e-9 && Math.abs(blended.distracted - 0.7) < 1e-9);
});

test("features are on fixed scales: the same behaviour gives the same number whatever is beside it", () => {
  const [window] = batchesOf(generateTrace("distracted", 5, 30_000));
  assert.ok(window !== undefined);
  const { features } = featuresOf(window.batch, newMemory(window.batch));
  const alone = {
    ...window.batch,
    events: window.batch.events.filter(({ kind }) => kind === "key"),
  };
  const keysOnly = featuresOf(alone, newMemory(alone)).features;
  for (const name of ["keyRate", "typingRhythm", "burstLength", "correctionRate"] as const) {
    assert.equal(keysOnly[name], features[name]);
  }
  for (const value of Object.values(features)) assert.ok(value >= 0 && value <= 1);
});

test("corrections are learned: what the user says five times is what is said the next time", () => {
  const [, window] = batchesOf(generateTrace("transitioning", 4, 120_000));
  assert.ok(window !== undefined);
  const { features } = featuresOf(window.batch, newMemory(window.batch));
  let learned = nothingLearned();
  const flow = () => probabilitiesOf(features, sumWeights(PRIOR, learned.weights)).flow;
  const before = flow();
  for (let n = 0; n < 5; n++) learned = learn(learned, features, "flow", 1);
  assert.ok(before < 0.2 && flow() > 0.5, `${before} -> ${flow()}`);
  for (let n = 0; n < 500; n++) learned = learn(learned, features, "flow", 1);
  for (const row of Object.values(learned.weights)) {
    for (const weight of Object.values(row)) assert.ok(Math.abs(weight) <= 3);
  }
});

test("what was learned and where the session stands outlive a restart", (t) => {
  const directory = folder(t);
  const batches = batchesOf(generateTrace("distracted", 6, 240_000)).map(({ batch }) => batch);
  const first = createAnalyst(openKeeper(directory, quiet));
  const states = batches.slice(0, 6).map((batch) => first.take(batch));
  const latest = states.at(-1);
  assert.ok(latest != null);
  const reaction = {
    ...{ reactionId: "r", correlationId: latest.correlationId, interventionId: null },
    ...{ messageId: null, timeMs: 1, reaction: "wrong-state" as const, shownForMs: 10 },
    correctedState: "transitioning" as const,
  };
  assert.deepEqual(check("figurine.reaction", reaction), []);
  assert.equal(first.react(reaction)?.truth, "transitioning");

  const keeper = openKeeper(directory, quiet);
  assert.equal(keeper.learned.correctionCount, 1);
  const second = createAnalyst(keeper);
  assert.equal(second.take(batches[5] as never), null, "a window that comes again is not new");
  const next = second.take(batches[6] as never);
  assert.equal(next?.previousState, latest.state);
  assert.equal(next?.model.correctionsLearned, 1);
});

test("a file that cannot be understood is set aside, not fatal", (t) => {
  const directory = folder(t);
  writeFileSync(join(directory, "learned.json"), '{"correctionCount": 3, "wei');
  const said: string[] = [];
  const keeper = openKeeper(directory, (message) => void said.push(message));
  assert.equal(keeper.learned.correctionCount, 0);
  assert.match(said.join(), /set aside/);
  assert.match(readFileSync(join(directory, "learned.json.aside"), "utf8"), /correctionCount/);
});

test("an explanation holds every feature and contribution, and the contributions sum to the score", (t) => {
  const analyst = createAnalyst(openKeeper(folder(t), quiet));
  assert.equal(analyst.explain(null), null);
  for (const { batch } of batchesOf(generateTrace("distracted", 6, 90_000))) analyst.take(batch);
  const told = analyst.explain(null);
  assert.deepEqual(checkAnswer("analysis.explain", told), []);
  assert.equal(new Set(told?.contributions.map(({ state }) => state)).size, 5);
});
