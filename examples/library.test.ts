// library.test.ts: a whole system inside one program: a function, a worker thread and a child process.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createEventBus } from "@skelly-jelly/event-bus";
import { defineModule } from "@skelly-jelly/module";
import { createOrchestrator } from "@skelly-jelly/orchestrator";

const quiet = { output: () => {} };

test("three kinds of module, one lifecycle: started in order, recovered, reconfigured, stopped", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-example-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(
    join(directory, "doubler.mjs"),
    `import { defineModule } from ${JSON.stringify(import.meta.resolve("@skelly-jelly/module"))};
     export default defineModule({
       name: "doubler",
       start(ctx) {
         ctx.bus.subscribe("double", (message) => message.respond(message.data * 2));
       },
     });`,
  );
  const bus = createEventBus<Record<string, any>>();
  const seen: string[] = [];
  bus.subscribe("skelly.example.lifecycle.*", ({ data }) => {
    seen.push(`${data.module} ${data.to}`);
  });
  const counter = defineModule({
    name: "counter",
    reconfigure: () => "applied",
    health: (ctx) => ({ step: Number(ctx.config["step"]) }),
  });
  await using system = await createOrchestrator(
    {
      name: "example",
      modules: {
        counter: { definition: counter, config: { step: 1 } },
        doubler: { entry: "./doubler.mjs", run: "worker", dependsOn: ["counter"] },
        ticker: {
          command: ["sh", "-c", "while :; do echo tick; sleep 0.1; done"],
          dependsOn: ["doubler"],
        },
      },
    },
    bus,
    { directory, ...quiet },
  );
  await system.startSystem();
  assert.equal(system.getSystemHealth().status, "healthy");
  assert.equal((await bus.request("double", 21)).data, 42);

  const { outcome } = await system.updateConfig("counter", { step: 5 });
  assert.equal(outcome, "applied");

  const ticker = system.getModuleState("ticker");
  assert.ok(ticker?.kind === "running" && ticker.pid !== null);
  process.kill(ticker.pid, "SIGKILL");
  await system.restartModule("doubler");
  await until(() => {
    const now = system.getModuleState("ticker");
    return now?.kind === "running" && now.pid !== ticker.pid;
  });

  await system.registerModule("custom-module", { definition: counter, required: false });
  await until(() => system.getModuleState("custom-module")?.kind === "running");
  await assert.rejects(
    system.registerModule("custom-module", { definition: counter }),
    /registered already/,
  );

  const report = await system.stopSystem(5000);
  assert.deepEqual(report.left, []);
  assert.ok(seen.indexOf("counter running") < seen.indexOf("doubler starting"));
});

test("a configuration that cannot work is refused with every problem, and nothing is started", async () => {
  await assert.rejects(
    createOrchestrator({
      // @ts-expect-error: 'databse' is no module of this system, and the type knows it
      modules: { api: { command: "sleep 1", dependsOn: ["databse"] }, database: { comand: "x" } },
    }),
    /unknown key 'comand'; did you mean 'command'[\s\S]*'databse'.*did you mean 'database'/,
  );
});

async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !isTrue(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(isTrue());
}
