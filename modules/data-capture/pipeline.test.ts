// pipeline.test.ts: capture, storage and analysis together: a recorded trace becomes states, once,
// with one correlation id.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { LoneModule } from "@skelly-jelly/events/testkit";
import { loneModule, memoryBus } from "@skelly-jelly/events/testkit";
import analysis from "../analysis-engine/main.ts";
import storage from "../storage/main.ts";
import capture from "./main.ts";

type Test = { after(work: () => void | Promise<void>): void };

async function system(t: Test, trace: string, speed = 1e6) {
  const directory = mkdtempSync(join(tmpdir(), "skelly-pipeline-"));
  const bus = memoryBus();
  const file = join(import.meta.dirname, "../traces", `${trace}.jsonl`);
  const lone = (definition: Parameters<typeof loneModule>[0], config = {}): LoneModule =>
    loneModule(definition, { bus, dataDirectory: join(directory, definition.name), config });
  const modules = {
    storage: lone(storage),
    analysis: lone(analysis),
    capture: lone(capture, { replay: { file, speed }, replayWaitMaxMs: 0 }),
  };
  for (const module of Object.values(modules)) await module.start();
  t.after(async () => {
    for (const module of Object.values(modules).reverse()) await module.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const play = async (until: () => Promise<boolean>): Promise<void> => {
    for (let turn = 0; turn < 2000; turn++) {
      await modules.capture.tick();
      await modules.storage.tick();
      if (await until()) return;
      // A replay's time is real time, many times faster.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.fail("the trace did not come to its end");
  };
  const played = async (): Promise<boolean> => {
    const health = await modules.capture.health();
    return (
      health["replayProgressRatio"] === 1 &&
      health["queueDepth"] === 0 &&
      bus.of("analysis.state").length === 20
    );
  };
  return { bus, modules, directory, play, played, lone };
}

test("ACCEPTANCE 24 a distracted trace becomes batches of 30 s and distracted, one correlation id from one to the other", async (t) => {
  const { bus, play, played } = await system(t, "distracted");
  await play(played);
  const batches = bus.of("storage.batch");
  const states = bus.of("analysis.state");
  assert.equal(batches.length, 20);
  for (const [n, batch] of batches.entries()) {
    assert.equal(batch.windowEndMs - batch.windowStartMs, 30_000);
    assert.equal(batch.windowStartMs, batches[0].windowStartMs + n * 30_000);
    const { windowStartMs, windowEndMs } = batch;
    for (const { timeMs } of batch.events) {
      assert.ok(timeMs >= windowStartMs && timeMs < windowEndMs);
    }
    assert.equal(states[n].correlationId, batch.correlationId);
    assert.equal(states[n].windowStartMs, windowStartMs);
  }
  assert.equal(new Set(batches.map((batch) => batch.correlationId)).size, 20);
  assert.ok(states.filter(({ state }) => state === "distracted").length >= 18);
  assert.ok(states.at(-1).confidenceRatio > 0.8);
  assert.deepEqual(bus.invalid, [], "every message is as the contract has it");
});

test("ACCEPTANCE 24 a flow trace shows no distraction at all", async (t) => {
  const { bus, play, played } = await system(t, "flow");
  await play(played);
  const states = bus.of("analysis.state").map(({ state }) => state);
  assert.equal(states.includes("distracted"), false);
  assert.ok(states.filter((state) => state === "flow").length >= 18);
});

test("ACCEPTANCE 24 no key code, text, title or command line is in any message or file", async (t) => {
  const { bus, play, played, directory, modules } = await system(t, "distracted");
  await play(played);
  const fields = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) fields.add(name);
      walk(inner);
    }
  };
  for (const { data } of bus.seen) walk(data);
  for (const name of ["keyCode", "key", "code", "char", "commandLine", "screenshot", "pixels"]) {
    assert.equal(fields.has(name), false, name);
  }
  for (const bundle of bus.of("capture.raw")) {
    for (const event of bundle.events) assert.equal(event.title ?? null, null);
  }
  await modules.storage.stop();
  const stored = readdirSync(join(directory, "storage"))
    .map((name) => readFileSync(join(directory, "storage", name), "latin1"))
    .join("");
  assert.doesNotMatch(stored, /keyCode|commandLine|screenshot/);
});

test("ACCEPTANCE 25 storage is away in the middle of a trace: capture waits for it, and the counts reconcile", async (t) => {
  const { bus, modules, play, played, lone } = await system(t, "distracted", 600);
  await play(async () => bus.of("analysis.state").length >= 4);
  await modules.storage.stop();
  for (let turn = 0; turn < 20; turn++) {
    await modules.capture.tick();
    const { capturedEvents, storedEvents, droppedEvents, queueDepth } =
      await modules.capture.health();
    assert.equal(capturedEvents, storedEvents + droppedEvents + queueDepth);
  }
  const away = await modules.capture.health();
  assert.equal(away["status"], "healthy");
  modules.storage = lone(storage);
  await modules.storage.start();
  await play(played);
  const health = await modules.capture.health();
  const stored = await modules.storage.health();
  assert.equal(health["capturedEvents"], health["storedEvents"] + health["droppedEvents"]);
  assert.equal(health["droppedEvents"], 0);
  assert.equal(stored["storedEvents"], health["storedEvents"]);
  assert.equal(stored["lateEvents"], 0);
  const starts = bus.of("storage.batch").map(({ windowStartMs }) => windowStartMs);
  assert.equal(new Set(starts).size, 20, "no window is missing");
  assert.equal(bus.of("analysis.state").length, 20, "and none is analysed twice");
});

test("a replay waits until the whole system is healthy", async (t) => {
  const { bus, modules, lone } = await system(t, "distracted");
  await modules.capture.stop();
  const file = join(import.meta.dirname, "../traces/distracted.jsonl");
  modules.capture = lone(capture, { replay: { file, speed: 1e6 } });
  await modules.capture.start();
  await modules.capture.tick();
  assert.equal((await modules.capture.health())["capturedEvents"], 0);
  const healthy = { type: "system-status-changed", to: "healthy" };
  bus.door("orchestrator").publish("skelly.test.system.*", healthy);
  await bus.settled();
  await new Promise((resolve) => setTimeout(resolve, 2));
  await modules.capture.tick();
  assert.ok((await modules.capture.health())["capturedEvents"] > 0);
});

test("on a machine without a display capture runs on its processes, load and files, and names what it lacks", async (t) => {
  const before = process.env["DISPLAY"];
  delete process.env["DISPLAY"];
  const directory = mkdtempSync(join(tmpdir(), "skelly-live-"));
  const bus = memoryBus();
  const live = loneModule(capture, {
    ...{ bus, dataDirectory: join(directory, "data") },
    config: { folders: [directory] },
  });
  t.after(async () => {
    await live.stop();
    if (before !== undefined) process.env["DISPLAY"] = before;
    rmSync(directory, { recursive: true, force: true });
  });
  await live.start();
  await live.tick();
  await live.tick();
  const health = await live.health();
  assert.equal(health["status"], "healthy");
  assert.equal(health["sourcesRunning"], 2);
  assert.equal(health["sourcesMissing"], 2);
  assert.ok(health["capturedEvents"] > 0);
  assert.deepEqual(
    health["issues"].map(({ severity }: { severity: string }) => severity),
    ["low", "low", "medium"],
  );
  assert.match(
    JSON.stringify(health["issues"]),
    /x11-input is unavailable: there is no X11 display/,
  );
  assert.match(live.logs.join("\n"), /source x11-window is unavailable/);
});
