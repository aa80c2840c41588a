// whole-system.test.ts: all modules on one bus: a recorded trace moves the figurine, one chain of causes from end to end.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loneModule, memoryBus } from "@skelly-jelly/events/testkit";
import ai from "../ai-integration/main.ts";
import analysis from "../analysis-engine/main.ts";
import capture from "../data-capture/main.ts";
import gamification from "../gamification/main.ts";
import storage from "../storage/main.ts";
import figurine from "./main.ts";

type Bus = ReturnType<typeof memoryBus>;

/** Plays a whole trace through all six modules and looks at what was said and shown. */
async function replay(
  trace: string,
  body: (bus: Bus, page: string) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "skelly-whole-"));
  const bus = memoryBus();
  const file = join(import.meta.dirname, "../traces", `${trace}.jsonl`);
  const lone = (definition: Parameters<typeof loneModule>[0], config = {}) => {
    const dataDirectory = join(directory, definition.name);
    mkdirSync(dataDirectory);
    return loneModule(definition, { bus, dataDirectory, config });
  };
  const store = lone(storage);
  const eyes = lone(capture, { replay: { file, speed: 1e6 }, replayWaitMaxMs: 0 });
  const face = lone(figurine, { port: 0 });
  const modules = [store, lone(analysis), lone(gamification), lone(ai), face, eyes];
  try {
    for (const module of modules) await module.start();
    for (let turn = 0; bus.of("analysis.state").length < 20; turn++) {
      assert.ok(turn < 3000, "the trace did not come to its end");
      await eyes.tick();
      await store.tick();
      // A replay's time is real time, many times faster.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await bus.settled();
    const url = /http:\/\/\S+/.exec(face.logs.join("\n"))?.[0] ?? "";
    await body(bus, url);
    assert.deepEqual(bus.invalid, [], "every message is as the contract has it");
  } finally {
    for (const module of modules.reverse()) await module.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function viewAt(url: string): Promise<any> {
  const cut = new AbortController();
  const response = await fetch(`${url}events`, { signal: cut.signal });
  let text = "";
  let view: any = null;
  for await (const part of response.body ?? []) {
    text += Buffer.from(part).toString("utf8");
    const snapshot = /event: snapshot\ndata: (.*)\n\n/.exec(text)?.[1];
    if (snapshot === undefined) continue;
    view = JSON.parse(snapshot);
    break;
  }
  cut.abort();
  return view;
}

test("ACCEPTANCE 24 a distracted trace asks once, says it once and shows it, with the batch's correlation id", async () => {
  await replay("distracted", async (bus, url) => {
    const asked = bus.of("gamification.intervention");
    assert.equal(asked.length, 1, "one in the cooldown, whatever else is distracted in it");
    const { correlationId, interventionId } = asked[0];
    const [message, ...more] = bus.of("ai.message");
    assert.deepEqual(more, []);
    const [command] = bus.of("figurine.command").filter(({ message: one }) => one !== null);
    const batch = bus.of("storage.batch").find((one) => one.correlationId === correlationId);
    assert.ok(batch !== undefined, "the batch that caused it");
    assert.equal(message.correlationId, correlationId);
    assert.equal(command.correlationId, correlationId);
    assert.equal(command.interventionId, interventionId);
    const view = await viewAt(url);
    assert.equal(view.message.text, message.text);
    assert.equal(view.state, "distracted");
  });
});

test("ACCEPTANCE 24 a flow trace says nothing at all", async () => {
  await replay("flow", async (bus, url) => {
    assert.deepEqual(bus.of("gamification.intervention"), []);
    assert.deepEqual(bus.of("ai.message"), []);
    const view = await viewAt(url);
    assert.equal(view.message, null);
    assert.equal(view.state, "flow");
    assert.match(view.stance, /focused|proud/);
  });
});
