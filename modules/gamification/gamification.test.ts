// gamification.test.ts: the module on a bus: what it publishes fits the contract, and the purse outlives it.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkAnswer } from "@skelly-jelly/events";
import { loneModule, memoryBus } from "../events/testkit.ts";
import { window } from "./an-analysis.ts";
import { gameConfig } from "./game-config.ts";
import gamification from "./main.ts";

type World = {
  readonly bus: ReturnType<typeof memoryBus>;
  readonly module: ReturnType<typeof loneModule>;
  say(...windows: ReturnType<typeof window>[]): Promise<void>;
};

async function withModule(directory: string, body: (world: World) => Promise<void>): Promise<void> {
  const bus = memoryBus();
  const module = loneModule(gamification, { bus, dataDirectory: directory });
  await module.start();
  const analysis = bus.door("analysis-engine");
  await body({
    bus,
    module,
    async say(...windows) {
      for (const one of windows) {
        analysis.publish("analysis.state", one);
        await bus.settled();
      }
    },
  });
  await module.stop();
}

async function withFolder(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "skelly-game-"));
  try {
    await body(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("a distracted stretch asks once, with the correlation id of the window that caused it", async () => {
  await withFolder((directory) =>
    withModule(directory, async ({ bus, module, say }) => {
      await say(...[1, 2, 3, 4, 5].map((n) => window(n, "distracted")));
      const [asked, ...more] = bus.of("gamification.intervention");
      assert.deepEqual(more, []);
      assert.equal(asked.correlationId, "c-1");
      assert.deepEqual(bus.invalid, []);
      const health = await module.health();
      assert.equal(health["windows"], 5);
      assert.equal(health["interventionsAsked"], 1);
      assert.ok((health["decisionTimeMs"] ?? -1) >= 0);
    }),
  );
});

test("after a restart nothing is asked twice and nothing is paid twice", async () => {
  await withFolder(async (directory) => {
    const windows = [
      ...Array.from({ length: 40 }, (_, n) => window(n, "flow")),
      window(40, "neutral", { sinceWindow: 40 }),
      ...[41, 42, 43].map((n) => window(n, "distracted", { sinceWindow: 41 })),
    ];
    let coins = 0;
    await withModule(directory, async ({ bus, say }) => {
      await say(...windows);
      coins = bus.of("gamification.reward").at(-1).balanceCoins;
      assert.ok(coins > 0);
      assert.equal(bus.of("gamification.intervention").length, 1);
    });
    await withModule(directory, async ({ bus, say }) => {
      await say(...windows, window(44, "distracted", { sinceWindow: 41 }));
      assert.equal(bus.of("gamification.reward").length, 0);
      assert.equal(bus.of("gamification.intervention").length, 0);
      const answer: any = await bus.door("page").request("gamification.progress", {});
      assert.deepEqual(checkAnswer("gamification.progress", answer.data), []);
      assert.equal(answer.data.coins, coins);
      assert.equal(answer.data.achievements[0].achievementId, "first-quarter");
    });
  });
});

test("a purse that cannot be read is set aside, never overwritten", async () => {
  await withFolder(async (directory) => {
    await writeFile(join(directory, "gamification.json"), '{"coins": 12');
    await withModule(directory, async ({ module }) => {
      assert.match(module.logs.join("\n"), /set aside/);
    });
    const kept = await readFile(join(directory, "gamification.json.unreadable"), "utf8");
    assert.equal(kept, '{"coins": 12');
    assert.ok(!(await readdir(directory)).some((name) => name.endsWith(".tmp")));
  });
});

test("a message that does not fit the contract is counted and decides nothing", async () => {
  await withFolder((directory) =>
    withModule(directory, async ({ bus, module }) => {
      bus.door("stranger").publish("analysis.state", { state: "distracted" });
      await bus.settled();
      assert.equal((await module.health())["invalidMessages"], 1);
      assert.equal(bus.of("figurine.command").length, 0);
    }),
  );
});

test("a reset forgets what was going on, not what was earned", async () => {
  await withFolder((directory) =>
    withModule(directory, async ({ bus, module, say }) => {
      await say(...Array.from({ length: 32 }, (_, n) => window(n, "flow")));
      await gamification.reset?.(module.ctx);
      const answer: any = await bus.door("page").request("gamification.progress", {});
      assert.equal(answer.data.coins, 25);
    }),
  );
});

test("settings keep their siblings' defaults, and wrong ones are all named", () => {
  assert.equal(gameConfig({ perHourMax: 2 }).cooldownMs, 15 * 60_000);
  assert.throws(
    () => gameConfig({ perHour: 2, frequency: "often", bonusRatio: 7 }),
    /'perHour' is not a setting.*'frequency' must be one of.*'bonusRatio' must be/,
  );
});
