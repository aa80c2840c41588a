// scene.test.ts: what is shown, when, and for how long: queue, looks, reactions. All pure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ANIMATIONS, check, EXPRESSIONS, MOODS, STATES } from "@skelly-jelly/events";
import { ambient, analysed, aReward, speaking } from "./a-command.ts";
import type { MessageQueue } from "./message-queue.ts";
import { advance, answered, EMPTY_QUEUE, enqueue, WAITING_MAX } from "./message-queue.ts";
import { GESTURE_NAMES, MOOD_NAMES, poseAt, REST } from "./page/poses.js";
import type { Scene, SceneStep } from "./scene.ts";
import {
  firstScene,
  onAnalysis,
  onAnswered,
  onCommand,
  onPageOpened,
  onReward,
  onTime,
  sceneDueMs,
  viewOf,
} from "./scene.ts";
import { gestureOf, stanceOf } from "./stance.ts";
import { endsMessage, ignoredReaction, pagePost, reactionOf } from "./user-reaction.ts";

const SEEN = { seen: true, unseenMaxMs: 60_000 } as const;
const shown = (queue: MessageQueue): string | undefined => queue.showing?.command.commandId;

test("messages come one at a time, the most important first, those of a kind in order", () => {
  let { queue } = enqueue(EMPTY_QUEUE, speaking(1), 0, true);
  for (const [n, priority] of [
    [2, 2],
    [3, 3],
    [4, 3],
  ] as const) {
    queue = enqueue(queue, speaking(n, { priority }), n, true).queue;
  }
  const order = [shown(queue)];
  for (let at = 100; queue.showing !== null; at += 100) {
    queue = answered(queue, at, true).queue;
    order.push(shown(queue));
  }
  assert.deepEqual(order, ["command-1", "command-3", "command-4", "command-2", undefined]);
});

// biome-ignore format: a table is read by column
const INTERRUPTIONS: readonly (readonly [number, number, boolean])[] = [
  // shown, coming, interrupts
  [2, 3, false], [2, 4, true], [3, 4, false], [4, 5, true], [5, 5, true], [1, 3, false],
];
for (const [now, next, interrupts] of INTERRUPTIONS) {
  test(`priority ${next} ${interrupts ? "interrupts" : "waits for"} priority ${now}`, () => {
    const first = enqueue(EMPTY_QUEUE, speaking(1, { priority: now }), 0, true).queue;
    const { queue, ended } = enqueue(first, speaking(2, { priority: next }), 500, true);
    assert.equal(shown(queue), interrupts ? "command-2" : "command-1");
    assert.deepEqual(
      ended.map(({ how }) => how),
      interrupts ? ["interrupted"] : [],
    );
  });
}

test("the line has an end: the least important is dropped and named", () => {
  let { queue } = enqueue(EMPTY_QUEUE, speaking(0), 0, true);
  for (let n = 1; n <= WAITING_MAX; n++) queue = enqueue(queue, speaking(n), n, true).queue;
  const step = enqueue(queue, speaking(99, { priority: 2 }), 50, true);
  assert.equal(step.queue.waiting.length, WAITING_MAX);
  assert.deepEqual(
    step.ended.map(({ command, how }) => [command.commandId, how]),
    [["command-99", "dropped"]],
  );
});

test("a message that was seen and not answered is ignored; one that nobody saw is not", () => {
  const seen = enqueue(EMPTY_QUEUE, speaking(1), 0, true).queue;
  assert.equal(advance(seen, 7999, SEEN).ended.length, 0);
  assert.equal(advance(seen, 8000, SEEN).ended[0]?.how, "ignored");
  const unseen = enqueue(EMPTY_QUEUE, speaking(1), 0, false).queue;
  assert.equal(advance(unseen, 59_999, SEEN).ended.length, 0);
  const [end] = advance(unseen, 60_000, SEEN).ended;
  assert.equal(end?.how, "unseen");
  const stamp = { reactionId: "r", timeMs: 60_000 };
  assert.equal(end && ignoredReaction(end, stamp), null);
  const [ignored] = advance(seen, 8000, SEEN).ended;
  const reaction = ignored && ignoredReaction(ignored, stamp);
  assert.deepEqual(check("figurine.reaction", reaction), []);
  assert.equal(reaction?.shownForMs, 8000);
});

test("what waited too long is about a moment that is gone", () => {
  const first = enqueue(EMPTY_QUEUE, speaking(1), 0, true).queue;
  const { queue } = enqueue(first, speaking(2), 0, true);
  const step = advance(queue, 121_000, SEEN);
  assert.equal(step.queue.showing, null);
  assert.deepEqual(
    step.ended.map(({ how }) => how),
    ["ignored", "dropped"],
  );
});

const after = (...steps: readonly ((scene: Scene) => Scene | SceneStep)[]): Scene =>
  steps.reduce<Scene>((scene, step) => {
    const next = step(scene);
    return "scene" in next ? next.scene : next;
  }, firstScene(60_000));

test("an ambient change stays; a message brings its own look for as long as it lasts", () => {
  const speaks = after(
    (scene) => onCommand(scene, ambient(), 0, true),
    (scene) => onCommand(scene, speaking(1), 1000, true),
  );
  assert.equal(viewOf(speaks).stance, "supportive");
  assert.equal(viewOf(speaks).message?.text, "Which window was it, number 1?");
  assert.deepEqual(viewOf(speaks).gesture, { id: "command-1", name: "nod" });
  assert.equal(sceneDueMs(speaks), 9000);
  const then = onTime(speaks, 9000, true).scene;
  assert.equal(viewOf(then).message, null);
  assert.equal(viewOf(then).stance, "focused");
  assert.equal(sceneDueMs(then), null);
});

test("a reward's dance does not dance over a message", () => {
  const scene = after(
    (now) => onCommand(now, speaking(1), 0, true),
    (now) =>
      onCommand(
        now,
        ambient({
          cause: "reward",
          priority: 2,
          mood: "celebrating",
          loop: false,
          balanceCoins: 77,
        }),
        10,
        true,
      ),
  );
  assert.equal(viewOf(scene).stance, "supportive");
  assert.equal(viewOf(scene).coins, 77);
});

test("a message waits for the first page that opens", () => {
  const scene = after((now) => onCommand(now, speaking(1), 0, false));
  const opened = onPageOpened(onTime(scene, 29_000, false).scene, 30_000);
  assert.equal(viewOf(opened).stance, "supportive", "its look comes with it");
  assert.equal(onTime(opened, 37_999, true).ended.length, 0);
  assert.equal(onTime(opened, 38_000, true).ended[0]?.how, "ignored");
});

test("the purse follows rewards, the state follows the analysis", () => {
  const view = viewOf(
    after(
      (now) => onReward(now, aReward()),
      (now) => onAnalysis(now, analysed("flow")),
    ),
  );
  assert.deepEqual([view.coins, view.level, view.streakDays], [1240, 4, 3]);
  assert.equal(view.lastReward?.coins, 50);
  assert.equal(view.state, "flow");
  assert.match(view.summary ?? "", /steady rhythm/);
});

test("an answer ends the message it is about, a touch of the figurine does not", () => {
  const scene = after((now) => onCommand(now, speaking(1), 0, true));
  const post = (reaction: string, messageId: string | null) => pagePost({ reaction, messageId });
  for (const [reaction, messageId, ends] of [
    ["dismissed", "m-1", true],
    ["engaged", "m-1", true],
    ["patronising", "m-1", true],
    ["clicked", "m-1", false],
    ["dismissed", "m-0", false],
    ["clicked", null, false],
  ] as const) {
    const given = post(reaction, messageId);
    assert.ok(given !== null);
    assert.equal(endsMessage(given, scene), ends, `${reaction} ${messageId}`);
  }
  assert.equal(onAnswered(scene, 500, true).scene.queue.showing, null);
});

test("a reaction carries the correlation id of what it is about, also when that has just left", () => {
  const scene = after(
    (now) => onCommand(now, speaking(2), 1000, true),
    (now) => onAnalysis(now, analysed("flow")),
  );
  const stamp = { reactionId: "r-1", timeMs: 3500 };
  const of = (body: object) => {
    const post = pagePost(body);
    assert.ok(post !== null);
    const reaction = reactionOf(post, scene, [speaking(1)], stamp);
    assert.deepEqual(check("figurine.reaction", reaction), []);
    return reaction;
  };
  const now = of({ reaction: "engaged", messageId: "m-2" });
  assert.deepEqual([now.correlationId, now.interventionId, now.shownForMs], ["c-2", "i-2", 2500]);
  const late = of({ reaction: "dismissed", messageId: "m-1" });
  assert.deepEqual([late.correlationId, late.interventionId], ["c-1", "i-1"]);
  const touched = of({ reaction: "clicked" });
  assert.deepEqual([touched.correlationId, touched.messageId], [null, null]);
  const corrected = of({ reaction: "wrong-state", correctedState: "distracted" });
  assert.deepEqual([corrected.correctedState, corrected.interventionId], ["distracted", null]);
});

test("what the page may not say is not taken", () => {
  for (const body of [
    null,
    [],
    "clicked",
    {},
    { reaction: "ignored" },
    { reaction: "loved" },
    { reaction: "clicked", messageId: 7 },
    { reaction: "clicked", messageId: "x".repeat(129) },
    { reaction: "wrong-state" },
    { reaction: "clicked", correctedState: "flow" },
    { reaction: "wrong-state", correctedState: "asleep" },
  ]) {
    assert.equal(pagePost(body), null, JSON.stringify(body));
  }
});

test("every look that a command can ask for is a stance, and every clip a gesture, that the page has", () => {
  for (const mood of MOODS) {
    for (const expression of EXPRESSIONS) {
      for (const animation of ANIMATIONS) {
        for (const state of [...STATES, null]) {
          const stance = stanceOf({ ...ambient(), mood, expression, animation }, state);
          assert.ok(MOOD_NAMES.includes(stance), stance);
          assert.ok(GESTURE_NAMES.includes(gestureOf(animation)));
        }
      }
    }
  }
  assert.equal(stanceOf(ambient(), "hyperfocus"), "calm");
  assert.equal(stanceOf(ambient({ meltRatio: 0.75 }), "flow"), "melting");
});

test("every pose is made of numbers, at any moment, melted or not", () => {
  for (const mood of MOOD_NAMES) {
    for (const gesture of GESTURE_NAMES) {
      for (let t = 0; t < 12; t += 0.37) {
        const pose: Record<string, number> = poseAt(mood, gesture, t, t, t / 12);
        assert.deepEqual(Object.keys(pose).sort(), Object.keys(REST).sort(), `${mood} ${gesture}`);
        assert.ok(Object.values(pose).every(Number.isFinite), `${mood} ${gesture} at ${t}`);
      }
    }
  }
});
