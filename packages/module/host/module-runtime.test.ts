// module-runtime.test.ts: a module's life over a link in this process.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import type { ModuleMessage, OrchestratorMessage } from "@skelly-jelly/contract";
import { defineModule, type ModuleDefinition } from "../define-module.ts";
import { directLink } from "./control-link.ts";
import { moduleLog } from "./module-log.ts";
import { type ModuleLife, type RuntimeOptions, runModule } from "./module-runtime.ts";

type Welcome = Extract<OrchestratorMessage, { type: "welcome" }>;

const WELCOME: Welcome = {
  type: "welcome",
  config: {},
  configVersion: 1,
  level: "full",
  paused: false,
};
const IDENTITY = {
  system: "shop",
  instance: "api#1",
  incarnation: 1,
  mark: "shop/api#1/1",
  token: "t",
  pid: 1,
};

type Stage = {
  readonly life: ModuleLife;
  readonly lines: string[];
  readonly told: ModuleMessage[];
  tell(message: OrchestratorMessage): void;
  next<T extends ModuleMessage["type"]>(type: T): Promise<Extract<ModuleMessage, { type: T }>>;
};

function play(
  definition: ModuleDefinition | Promise<ModuleDefinition>,
  options: Partial<RuntimeOptions> = {},
): Stage {
  const { link, host } = directLink();
  const lines: string[] = [];
  const told: ModuleMessage[] = [];
  const waiting: (() => void)[] = [];
  host.onMessage((message) => {
    told.push(message);
    for (const look of waiting.splice(0)) look();
  });
  const write = (line: string): void => void lines.push(line);
  const life = runModule(definition, link, IDENTITY, {
    log: moduleLog(write, write),
    dataDirectory: tmpdir(),
    openBus: null,
    ...options,
  });
  return {
    life,
    lines,
    told,
    tell: host.tell,
    async next(type) {
      for (;;) {
        const at = told.findIndex((message) => message.type === type);
        if (at >= 0) return told.splice(at, 1)[0] as never;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

async function ready(definition: ModuleDefinition, welcome: Partial<Welcome> = {}): Promise<Stage> {
  const stage = play(definition);
  await stage.next("hello");
  stage.tell({ ...WELCOME, ...welcome });
  await stage.next("ready");
  return stage;
}

const positive = (value: Record<string, unknown>): { size: number } => {
  if (typeof value["size"] !== "number") throw new Error("size: must be a number");
  return { size: value["size"] };
};

test("a module says hello, is welcomed, starts, is ready, and stops with code 0", async () => {
  const story: string[] = [];
  const stage = play(
    defineModule({
      name: "api",
      config: positive,
      start: (ctx) => void story.push(`start ${ctx.id} ${ctx.system} ${ctx.config.size}`),
      stop: (ctx) => void story.push(`stop ${ctx.signal.aborted}`),
    }),
  );
  const hello = await stage.next("hello");
  assert.deepEqual([hello.token, hello.incarnation, hello.configVersion], ["t", "shop/api#1/1", 0]);
  stage.tell({ ...WELCOME, config: { size: 3 } });
  await stage.next("ready");
  stage.tell({ type: "stop", timeoutMs: 1000, reason: "test" });
  await stage.next("stopped");
  assert.deepEqual(await stage.life.ended, { code: 0, message: null });
  assert.deepEqual(story, ["start api shop 3", "stop true"]);
});

test("a configuration that its schema refuses is a failed start that is not retried", async () => {
  const issues = [{ message: "must be a number", path: ["limits", { key: "size" }] }];
  const config = { "~standard": { version: 1 as const, validate: async () => ({ issues }) } };
  const stage = play(defineModule({ name: "api", config }));
  stage.tell(WELCOME);
  const failed = await stage.next("start-failed");
  assert.equal(failed.retry, false);
  assert.match(failed.message, /limits\.size: must be a number/);
  assert.equal((await stage.life.ended).code, 78);
});

test("a throw in start() is a failed start that may be retried", async () => {
  const start = async (): Promise<void> => {
    throw new Error("no database");
  };
  const stage = play(defineModule({ name: "api", start }));
  stage.tell(WELCOME);
  assert.deepEqual(await stage.next("start-failed"), {
    type: "start-failed",
    message: "no database",
    retry: true,
  });
  assert.equal((await stage.life.ended).code, 1);
});

test("a module without health() is healthy; one whose health() throws is unhealthy and says why", async () => {
  const plain = await ready(defineModule({ name: "api" }));
  plain.tell({ type: "check-health", check: 7 });
  const fine = await plain.next("health");
  assert.deepEqual([fine.check, fine.status, fine.numbers], [7, "healthy", {}]);

  const health = (): never => {
    throw new Error("disk gone");
  };
  const sick = await ready(defineModule({ name: "api", health }));
  sick.tell({ type: "check-health", check: 8 });
  const answer = await sick.next("health");
  assert.equal(answer.status, "unhealthy");
  assert.equal(answer.issues[0]?.message, "disk gone");
});

test("health numbers pass; what is no number is named, never invented", async () => {
  const health = () => ({ queueDepth: 4, errorRate: Number.NaN });
  const stage = await ready(defineModule({ name: "api", health }));
  stage.tell({ type: "check-health", check: 1 });
  const { numbers, issues } = await stage.next("health");
  assert.deepEqual(numbers, { queueDepth: 4 });
  assert.match(issues[0]?.message ?? "", /'errorRate' is not a number/);
});

test("event-loop lag is told only where it is measured", async () => {
  const stage = play(defineModule({ name: "api" }), { measureLagMs: async () => 1.5 });
  stage.tell(WELCOME);
  await stage.next("ready");
  stage.tell({ type: "check-health", check: 1 });
  assert.deepEqual((await stage.next("health")).numbers, { eventLoopLagMs: 1.5 });
});

test("while it starts, a module answers a health check with unknown", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stage = play(defineModule({ name: "api", start: () => promise }));
  stage.tell(WELCOME);
  stage.tell({ type: "check-health", check: 1 });
  assert.equal((await stage.next("health")).status, "unknown");
  resolve();
  await stage.next("ready");
});

test("health() that has not returned is not called again; its answer counts for the latest check", async () => {
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<object>();
  const health = () => {
    calls += 1;
    return promise as never;
  };
  const stage = await ready(defineModule({ name: "api", health }));
  stage.tell({ type: "check-health", check: 1 });
  stage.tell({ type: "check-health", check: 2 });
  await new Promise(setImmediate);
  resolve({});
  assert.equal((await stage.next("health")).check, 2);
  assert.equal(calls, 1);
});

test("a change of configuration is prepared, then committed; ctx.config follows", async () => {
  const seen: unknown[] = [];
  const stage = await ready(
    defineModule<{ size: number }>({
      name: "api",
      config: positive,
      reconfigure: (ctx, next) => {
        seen.push([ctx.config.size, next.size]);
        return "applied";
      },
      health: (ctx) => ({ size: ctx.config.size }),
    }),
    { config: { size: 1 } },
  );
  const change = { type: "configure", version: 2, config: { size: 2 } } as const;
  stage.tell({ ...change, phase: "prepare" });
  assert.equal((await stage.next("config-answer")).outcome, "accepted");
  assert.deepEqual(seen, []);
  stage.tell({ ...change, phase: "commit" });
  assert.equal((await stage.next("config-answer")).outcome, "applied");
  stage.tell({ type: "check-health", check: 1 });
  assert.deepEqual((await stage.next("health")).numbers, { size: 2 });
  assert.deepEqual(seen, [[1, 2]]);
});

test("a refused change names the field, and the old configuration stays in force", async () => {
  const stage = await ready(
    defineModule<{ size: number }>({
      name: "api",
      config: positive,
      reconfigure: (_ctx, next) => {
        if (next.size > 10) throw new Error("too big for me");
        return "applied";
      },
      health: (ctx) => ({ size: ctx.config.size }),
    }),
    { config: { size: 1 } },
  );
  stage.tell({ type: "configure", phase: "prepare", version: 2, config: { size: "x" } });
  const invalid = await stage.next("config-answer");
  assert.deepEqual([invalid.outcome, invalid.message], ["refused", "size: must be a number"]);
  stage.tell({ type: "configure", phase: "commit", version: 2, config: { size: 11 } });
  const refused = await stage.next("config-answer");
  assert.deepEqual([refused.outcome, refused.message], ["refused", "too big for me"]);
  stage.tell({ type: "check-health", check: 1 });
  assert.deepEqual((await stage.next("health")).numbers, { size: 1 });
});

test("a module without reconfigure() says that a change needs a restart", async () => {
  const stage = await ready(defineModule({ name: "api" }));
  stage.tell({ type: "configure", phase: "prepare", version: 2, config: {} });
  assert.equal((await stage.next("config-answer")).outcome, "restart-needed");
  stage.tell({ type: "configure", phase: "commit", version: 2, config: {} });
  assert.equal((await stage.next("config-answer")).outcome, "restart-needed");
});

test("a later welcome is obeyed like orders: configuration, level and pausing", async () => {
  const story: string[] = [];
  const stage = await ready(
    defineModule({
      name: "api",
      reconfigure: (_ctx, next) => {
        story.push(`config ${JSON.stringify(next)}`);
        return "applied";
      },
      levels: { reduced: { enter: () => void story.push("enter") } },
      pause: () => void story.push("pause"),
    }),
  );
  stage.tell({ ...WELCOME, config: { a: 1 }, configVersion: 5, level: "reduced", paused: true });
  await stage.next("ready");
  assert.equal((await stage.next("config-answer")).version, 5);
  assert.equal((await stage.next("level-answer")).ok, true);
  assert.equal((await stage.next("pause-answer")).paused, true);
  assert.deepEqual(story, ['config {"a":1}', "enter", "pause"]);
});

test("levels are entered and left by name; an unknown one is refused by name", async () => {
  const story: string[] = [];
  const level = (name: string) => ({
    enter: () => void story.push(`enter ${name}`),
    leave: () => void story.push(`leave ${name}`),
  });
  const levels = { reduced: level("reduced"), minimal: level("minimal") };
  const stage = await ready(defineModule({ name: "api", levels }));
  for (const name of ["reduced", "minimal", "full"]) {
    stage.tell({ type: "set-level", level: name });
    assert.equal((await stage.next("level-answer")).ok, true);
  }
  assert.deepEqual(story, ["enter reduced", "leave reduced", "enter minimal", "leave minimal"]);
  stage.tell({ type: "set-level", level: "tiny" });
  const refused = await stage.next("level-answer");
  assert.equal(refused.ok, false);
  assert.match(refused.message ?? "", /no level 'tiny' \(it has: full, reduced, minimal\)/);
});

test("pausing holds what runs at intervals, resuming lets it go on", async () => {
  let runs = 0;
  let told = Promise.withResolvers<void>();
  const stage = await ready(
    defineModule({
      name: "api",
      start: (ctx) =>
        ctx.every(1, () => {
          runs += 1;
          told.resolve();
        }),
    }),
  );
  await told.promise;
  stage.tell({ type: "pause" });
  assert.equal((await stage.next("pause-answer")).paused, true);
  const before = runs;
  await new Promise((resolve) => setTimeout(resolve, 15));
  assert.equal(runs, before);
  told = Promise.withResolvers();
  stage.tell({ type: "resume" });
  assert.equal((await stage.next("pause-answer")).paused, false);
  await told.promise;
  stage.life.stop(1000, "test");
  await stage.life.ended;
});

test("a module that heeds neither pausing nor throttling says so", async () => {
  const stage = await ready(defineModule({ name: "api" }));
  stage.tell({ type: "pause" });
  assert.equal((await stage.next("pause-answer")).paused, false);
  stage.tell({ type: "throttle", frequencyFactor: 0.5, concurrencyMax: 2 });
  assert.equal((await stage.next("throttle-answer")).applied, false);
});

test("throttling is seen by the module and obeyed by every()", async () => {
  const seen: unknown[] = [];
  const stage = await ready(
    defineModule({
      name: "api",
      start: (ctx) => ctx.every(60_000, () => undefined),
      health: (ctx) => {
        seen.push(ctx.frequencyFactor, ctx.concurrencyMax);
        return {};
      },
    }),
  );
  stage.tell({ type: "throttle", frequencyFactor: 0.5, concurrencyMax: 2 });
  assert.equal((await stage.next("throttle-answer")).applied, true);
  stage.tell({ type: "check-health", check: 1 });
  await stage.next("health");
  assert.deepEqual(seen, [0.5, 2]);
  stage.life.stop(1000, "test");
  await stage.life.ended;
});

test("a later welcome says also how far it is to hold back, or that it need not", async () => {
  const seen: unknown[] = [];
  const stage = await ready(
    defineModule({
      name: "api",
      start: (ctx) => ctx.every(60_000, () => undefined),
      health: (ctx) => {
        seen.push(ctx.frequencyFactor);
        return {};
      },
    }),
  );
  const held = { frequencyFactor: 0.25, concurrencyMax: 1 };
  for (const throttle of [held, undefined]) {
    stage.tell({ ...WELCOME, ...(throttle !== undefined && { throttle }) });
    assert.equal((await stage.next("throttle-answer")).applied, true);
    stage.tell({ type: "check-health", check: seen.length + 1 });
    await stage.next("health");
  }
  assert.equal(seen.at(-1), 1);
  assert.ok(seen.includes(0.25));
  stage.life.stop(1000, "test");
  await stage.life.ended;
});

test("work at an interval that throws is logged and reported, and comes again", async () => {
  let runs = 0;
  const again = Promise.withResolvers<void>();
  const work = (): void => {
    runs += 1;
    if (runs === 2) again.resolve();
    throw new Error("no luck");
  };
  const stage = await ready(defineModule({ name: "api", start: (ctx) => ctx.every(1, work) }));
  const report = await stage.next("error");
  assert.deepEqual(
    [report.severity, report.errorType, report.message],
    ["medium", "crash", "no luck"],
  );
  await again.promise;
  assert.match(stage.lines.join("\n"), /work at an interval failed error="Error: no luck/);
  stage.life.stop(1000, "test");
  await stage.life.ended;
});

test("reset() runs when asked; without one the answer is no", async () => {
  let queue = [1, 2];
  const reset = (): void => {
    queue = [];
  };
  const stage = await ready(defineModule({ name: "api", reset }));
  stage.tell({ type: "reset" });
  assert.equal((await stage.next("reset-answer")).ok, true);
  assert.deepEqual(queue, []);
  const other = await ready(defineModule({ name: "api" }));
  other.tell({ type: "reset" });
  assert.equal((await other.next("reset-answer")).ok, false);
});

test("a restart with reset forgets before it starts; a reset that throws is a failed start", async () => {
  const story: string[] = [];
  const stage = play(
    defineModule({
      name: "api",
      reset: () => void story.push("reset"),
      start: () => void story.push("start"),
    }),
  );
  stage.tell({ ...WELCOME, reset: true });
  await stage.next("ready");
  assert.deepEqual(story, ["reset", "start"]);

  const reset = (): never => {
    throw new Error("the file is held");
  };
  const other = play(defineModule({ name: "api", reset }));
  other.tell({ ...WELCOME, reset: true });
  const failed = await other.next("start-failed");
  assert.deepEqual([failed.message, failed.retry], ["the file is held", true]);
});

test("a stop during start() aborts its signal; the throw that follows is no failed start", async () => {
  const start = (ctx: { signal: AbortSignal }): Promise<void> =>
    new Promise((_, reject) =>
      ctx.signal.addEventListener("abort", () => reject(new Error("off"))),
    );
  const stage = play(defineModule({ name: "api", start }));
  stage.tell(WELCOME);
  stage.tell({ type: "stop", timeoutMs: 1000, reason: "test" });
  assert.equal((await stage.life.ended).code, 0);
  assert.equal(
    stage.told.some(({ type }) => type === "start-failed"),
    false,
  );
});

test("a stop() that does not return ends the module with code 1 and without the word stopped", async () => {
  const stop = (): Promise<void> => new Promise(() => undefined);
  const stage = await ready(defineModule({ name: "api", stop }));
  stage.tell({ type: "stop", timeoutMs: 5, reason: "test" });
  assert.equal((await stage.life.ended).code, 1);
  assert.equal(
    stage.told.some(({ type }) => type === "stopped"),
    false,
  );
  assert.match(stage.lines.join("\n"), /did not stop in time/);
});

test("a task ends by itself with code 0 once its start() has resolved", async () => {
  const stage = await ready(defineModule({ name: "migrate" }), { task: true });
  assert.equal((await stage.life.ended).code, 0);
});

test("a module with no bus is told so when it asks for one", async () => {
  const stage = play(defineModule({ name: "api", start: (ctx) => void ctx.bus }));
  stage.tell(WELCOME);
  assert.match((await stage.next("start-failed")).message, /'api#1' has no event bus/);
});

test("a denied module that has not started ends", async () => {
  const stage = play(defineModule({ name: "api" }));
  stage.tell({ type: "denied", message: "unknown token" });
  assert.deepEqual(await stage.life.ended, { code: 1, message: "unknown token" });
});
