// planted-bugs.test.ts: each of these mistakes, made on purpose, is found by the simulator.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Planted, plantedCore } from "./planted-core.ts";
import { runSeeds } from "./simulate.ts";

const SEEDS_MAX = 1000;

const BUGS: readonly (Planted & { readonly invariant: number | readonly number[] })[] = [
  {
    bug: "a stop skips optional modules",
    file: "engine/system-run.ts",
    text: '.filter(({ state }) => state.kind !== "failed" && state.kind !== "completed")',
    instead:
      '.filter(({ state, descriptor }) => state.kind !== "failed" && state.kind !== "completed" && descriptor.required)',
    invariant: [2, 3, 5, 8],
  },
  {
    bug: "a start is made twice",
    file: "engine/effect-performer.ts",
    text: "    lives.begin({\n",
    instead:
      "    runners[descriptor.runner].start({ instance, incarnation, descriptor, welcome }, () => {});\n    lives.begin({\n",
    invariant: 1,
  },
  {
    bug: "the startup timer is forgotten",
    file: "model/transition.ts",
    text: '      { kind: "arm", timer: "startup", ms: record.descriptor.startupTimeoutMs },\n      { kind: "spawn"',
    instead: '      { kind: "spawn"',
    invariant: 3,
  },
  {
    bug: "the stop timer is forgotten",
    file: "model/life-endings.ts",
    text: '      { kind: "arm", timer: "stop", ms: timeoutMs },\n',
    instead: "",
    invariant: 3,
  },
  {
    bug: "an event is published before it is journaled",
    file: "engine/event-publisher.ts",
    text: "    this.#journal.append([stamped]);\n    for (const listener of this.#listeners) listener(stamped);",
    instead:
      "    for (const listener of this.#listeners) listener(stamped);\n    this.#journal.append([stamped]);",
    invariant: 6,
  },
  {
    bug: "a spawn without its intent",
    file: "engine/effect-performer.ts",
    text: "    journal.intend({ instance, incarnation });\n",
    instead: "",
    invariant: 6,
  },
  {
    bug: "what an earlier life said is taken for the present one's",
    file: "engine/lifecycle-controller.ts",
    text: "    if (!this.#use.lives.is(instance, incarnation)) return;\n",
    instead:
      "    const now = this.#use.store.get(instance)?.incarnation;\n    if (now !== undefined) incarnation = now;\n",
    invariant: [0, 2, 6, 8],
  },
  {
    bug: "the incarnation is not counted on",
    file: "model/transition.ts",
    text: "const incarnation = record.incarnation + 1;",
    instead: "const incarnation = Math.max(1, record.incarnation);",
    invariant: 1,
  },
  {
    bug: "a dependent's restart is lost",
    file: "policy/plan.ts",
    text: 'return Object.keys(record.startedWith).some((known) => known.split("#")[0] === on);',
    instead: "return false;",
    invariant: 2,
  },
  {
    bug: "a release is forgotten",
    file: "model/life-endings.ts",
    text: '      [...QUIET, { kind: "release" }],\n      state.killed',
    instead: "      QUIET,\n      state.killed",
    invariant: 5,
  },
  {
    bug: "attempts are counted wrong by one",
    file: "policy/recovery.ts",
    text: "if (used >= step.attempts) return null;",
    instead: "if (used > step.attempts) return null;",
    invariant: 4,
  },
  {
    bug: "attempts are not remembered",
    file: "model/life-endings.ts",
    text: "        attempts: [...known.recovery.attempts.slice(1 - ATTEMPTS_KEPT), { atMs: nowMs, rung }],\n        pending: { strategy, attempt, failure: why },",
    instead: "        attempts: [],\n        pending: { strategy, attempt, failure: why },",
    invariant: [4, 8],
  },
  {
    bug: "the condition of an edge is ignored",
    file: "policy/plan.ts",
    text: "  if (unmetEdges(record, view).length > 0) return null;\n",
    instead: "",
    invariant: 2,
  },
  {
    bug: "modules are stopped in any order",
    file: "policy/plan.ts",
    text: 'return dependentsInTheWay(record, view) ? null : { kind: "halt"',
    instead: 'return { kind: "halt"',
    invariant: 2,
  },
  {
    bug: "a paused module is never resumed",
    file: "policy/plan.ts",
    text: 'if (hold === null && record.state.kind === "paused") {',
    instead: 'if (hold === null && record.state.kind === "running" && view.nowMs < 0) {',
    invariant: 8,
  },
  {
    bug: "a recovery counts before its probation",
    file: "model/transition.ts",
    text: "export const PROBATION_MS = 10_000;",
    instead: "export const PROBATION_MS = 1000;",
    invariant: 4,
  },
  {
    bug: "a required module's failure is called a blemish",
    file: "model/system-health.ts",
    text: 'if (verdict.kind === "failing" && record.descriptor.required)',
    instead: 'if (verdict.kind === "failing" && record.descriptor.required && !record.settled)',
    invariant: 9,
  },
  {
    bug: "a configuration is not taken back",
    file: "engine/configuration-manager.ts",
    text: "    this.#keep(module, good);\n",
    instead: "",
    invariant: 7,
  },
  {
    bug: "survivors are not looked for",
    file: "engine/adoption.ts",
    text: "for (const survivor of runner.survivors()) {",
    instead: "for (const survivor of runner.survivors().slice(0, 0)) {",
    invariant: [1, 5],
  },
  {
    bug: "the back-off is not waited for",
    file: "model/life-endings.ts",
    text: '{ kind: "arm", timer: "backoff", ms: delayMs }',
    instead: '{ kind: "arm", timer: "backoff", ms: delayMs / 2 }',
    invariant: 4,
  },
  {
    bug: "more are started at once than may be",
    file: "policy/plan.ts",
    text: "  slots.free -= 1;\n",
    instead: "",
    invariant: 3,
  },
  {
    bug: "a new life begins beside one that would not die",
    file: "policy/plan.ts",
    text: " || record.lingers) return null;",
    instead: ") return null;",
    invariant: 1,
  },
  {
    bug: "a state changes without a word",
    file: "engine/lifecycle-controller.ts",
    text: "if (record.state.kind !== step.record.state.kind) this.#moved",
    instead:
      'if (record.state.kind !== step.record.state.kind && step.record.state.kind !== "paused") this.#moved',
    invariant: 6,
  },
];

for (const { invariant, ...planted } of BUGS) {
  test(`found: ${planted.bug}`, async () => {
    const core = await plantedCore(planted);
    const { failed, seeds } = await runSeeds({ from: 1, count: SEEDS_MAX, shrinkTries: 0, core });
    assert.ok(failed?.violation, `not found in ${seeds} seeds`);
    const { invariant: found, message } = failed.violation;
    assert.ok([invariant].flat().includes(found), `${found}: ${message}`);
  });
}
