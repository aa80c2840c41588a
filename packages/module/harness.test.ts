// harness.test.ts: a module alone, with the test as its orchestrator.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createEventBus } from "@skelly-jelly/event-bus";
import { defineModule } from "./define-module.ts";
import { testModule } from "./harness.ts";

type Config = { readonly factor: number };

let folder = "";
const doubler = defineModule<Config>({
  name: "doubler",
  config: (value) => {
    if (typeof value["factor"] !== "number") throw new Error("factor: must be a number");
    return { factor: value["factor"] };
  },
  start(ctx) {
    folder = ctx.dataDirectory;
    writeFileSync(join(folder, "state"), "1");
    ctx.bus.subscribe("in", ({ data }) => {
      ctx.bus.publish("out", (data as number) * ctx.config.factor);
      if (data === 0) ctx.report("high", "communication", "zero");
    });
    ctx.log.info("listening", { factor: ctx.config.factor });
  },
  health: (ctx) => ({ factor: ctx.config.factor }),
  reconfigure: () => "applied",
  levels: { reduced: {} },
  reset: () => undefined,
});

test("a module is started, fed by the bus, asked, changed and stopped", async () => {
  const module = testModule(doubler, { config: { factor: 2 } });
  await module.start();
  module.bus.publish("in", 21);
  assert.equal(await module.nextPublished("out"), 42);
  assert.deepEqual((await module.health()).numbers, { factor: 2 });
  assert.equal((await module.configure({ factor: 3 })).outcome, "applied");
  module.bus.publish("in", 0);
  assert.equal(await module.nextPublished("out"), 0);
  assert.deepEqual((await module.health()).numbers, { factor: 3 });
  assert.equal((await module.setLevel("reduced")).ok, true);
  assert.equal(await module.pause(), false);
  await module.resume();
  assert.equal(await module.throttle(0.5), false);
  assert.equal((await module.reset()).ok, true);
  assert.deepEqual(module.reports, [
    { severity: "high", errorType: "communication", message: "zero" },
  ]);
  assert.equal(module.published.length, 2);
  assert.deepEqual(module.lines, ["listening factor=2"]);
  assert.ok(existsSync(folder));
  assert.equal((await module.stop()).code, 0);
  assert.ok(!existsSync(folder));
});

test("a wrong configuration is refused at the start and later, by field", async () => {
  await using wrong = testModule(doubler, { config: {} });
  await assert.rejects(wrong.start(), /factor: must be a number/);
  await using right = testModule(doubler, { config: { factor: 1 } });
  await right.start();
  const { outcome, message } = await right.configure({ factor: "two" });
  assert.deepEqual([outcome, message], ["refused", "factor: must be a number"]);
});

test("the module's end leaves a bus that the test brought as it was", async () => {
  const bus = createEventBus();
  const module = testModule(doubler, { config: { factor: 2 }, bus });
  await module.start();
  await module.stop();
  const answers: unknown[] = [];
  bus.subscribe("out", ({ data }) => void answers.push(data));
  bus.publish("in", 1);
  await bus.flush();
  assert.deepEqual(answers, []);
  await bus.close();
});

test("what does not come is an error that names it", async () => {
  await using module = testModule(doubler, { config: { factor: 2 }, waitMs: 5 });
  await module.start();
  await assert.rejects(module.nextPublished("out"), /no message on 'out' within 5 ms/);
});
