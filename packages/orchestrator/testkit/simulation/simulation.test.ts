// simulation.test.ts: a fixed set of seeds holds every invariant; the simulator itself repeats and shrinks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plantedCore } from "./planted-core.ts";
import { randomStory } from "./random-story.ts";
import { replay, runSeeds, simulate } from "./simulate.ts";
import { storyText } from "./story-text.ts";

test("four hundred seeds hold every invariant", async () => {
  const { failed, seeds } = await runSeeds({ from: 1, count: 400 });
  assert.equal(failed === null ? "" : storyText(failed), "");
  assert.equal(seeds, 400);
});

test("the same seed tells the same tale, word for word", async () => {
  const story = randomStory(7, 600);
  assert.deepEqual(story, randomStory(7, 600));
  const [one, other] = [await replay(story, undefined, true), await replay(story, undefined, true)];
  assert.ok(one.tale.length > 50);
  assert.deepEqual(one, other);
});

test("a failing seed is shrunk to a small story that still fails, and printed as a test", async () => {
  const core = await plantedCore({
    bug: "shrink",
    file: "engine/event-publisher.ts",
    text: "    this.#journal.append([stamped]);\n",
    instead: "",
  });
  const result = await simulate({ seed: 3, core });
  assert.equal(result.violation?.invariant, 6);
  assert.equal(result.story?.deeds.length, 0);
  assert.equal(result.story?.system.modules.length, 1);
  assert.match(storyText(result), /seed 3: invariant 6 .* before it was journaled/);
  assert.match(storyText(result), /^test\("seed 3: .*\n {2}await holds\(\{"seed":3,/m);
});
