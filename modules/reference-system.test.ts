// reference-system.test.ts: ACCEPTANCE 24 end to end: six modules on one hub, from a recorded trace
// to the figurine's command.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { HubUser } from "@skelly-jelly/event-bus";
import { connectBus, serveHub } from "@skelly-jelly/event-bus";
import type { SkellyJellyEvents } from "@skelly-jelly/events";
import { check } from "@skelly-jelly/events";
import { testModule } from "@skelly-jelly/module/harness";
import type { ModuleConfig } from "skelly-jelly";
import system from "../skelly.config.ts";
import ai from "./ai-integration/main.ts";
import analysis from "./analysis-engine/main.ts";
import figurine from "./cute-figurine/main.ts";
import capture from "./data-capture/main.ts";
import gamification from "./gamification/main.ts";
import storage from "./storage/main.ts";

const WINDOWS = 20;
const SPEED = 3000;

/**
 * Rights on the bus as the system's own file gives them; a missing one shows as a missing message.
 */
function usersOf(): HubUser[] {
  const watcher = { user: "watcher", password: "w" };
  const modules = Object.entries(system.modules as Readonly<Record<string, ModuleConfig>>).map(
    ([user, { bus }]) => {
      const { publish = [], subscribe = [] } = (bus ?? {}) as Record<string, readonly string[]>;
      const rights = (allow: readonly string[]) => ({ allow, deny: [] });
      const permissions = { publish: rights(publish), subscribe: rights(subscribe) };
      return { user, password: user, permissions };
    },
  );
  return [watcher, ...modules];
}

/** Everything that was said while the trace was played to its end, over the wire. */
async function play(trace: string) {
  const directory = mkdtempSync(join(tmpdir(), "skelly-reference-"));
  const socketPath = join(directory, "bus.sock");
  const refused: string[] = [];
  const log = (line: string): void => void (/denied|violation/i.test(line) && refused.push(line));
  const hub = await serveHub({ port: null, socketPath, users: usersOf(), log });
  const watcher = await connectBus({ socketPath, user: "watcher", password: "w" });
  const said: { subject: string; data: any }[] = [];
  const over = Promise.withResolvers<void>();
  watcher.subscribe(
    ">",
    ({ subject, data }) => {
      if (!subject.startsWith("_INBOX")) said.push({ subject, data });
      const windows = said.filter((one) => one.subject === "analysis.state").length;
      // The last state's consequences are said shortly after it.
      if (windows === WINDOWS) setTimeout(over.resolve, 200);
    },
    { pendingMax: 10_000 },
  );
  await watcher.flush();
  const file = join(import.meta.dirname, "traces", `${trace}.jsonl`);
  const buses: { close(): Promise<void> }[] = [];
  const use = async (definition: Parameters<typeof testModule>[0], config = {}) => {
    const { name } = definition;
    const bus = await connectBus({ socketPath, user: name, password: name });
    buses.push(bus);
    return testModule(definition, { bus, dataDirectory: join(directory, name), config });
  };
  const modules = [
    await use(storage),
    await use(analysis),
    await use(gamification),
    await use(ai),
    await use(figurine, { port: 0 }),
    await use(capture, { replay: { file, speed: SPEED }, replayWaitMaxMs: 0 }),
  ];
  const limit = setTimeout(
    () => over.reject(new Error("the trace did not come to its end")),
    15_000,
  );
  try {
    for (const module of modules) await module.start();
    await over.promise;
  } finally {
    clearTimeout(limit);
    for (const module of modules.reverse()) await module.stop();
    for (const bus of [...buses, watcher]) await bus.close();
    await hub.close();
    rmSync(directory, { recursive: true, force: true });
  }
  const of = <S extends keyof SkellyJellyEvents>(subject: S): SkellyJellyEvents[S][] =>
    said.filter((one) => one.subject === subject).map((one) => one.data);
  assert.deepEqual(refused, [], "nobody asked for what it may not");
  return { said, of };
}

test("ACCEPTANCE 24 a distracted trace ends in one message at the figurine, with one correlation id all the way", async () => {
  const { said, of } = await play("distracted");
  const interventions = of("gamification.intervention");
  assert.equal(interventions.length, 1, "later distracted windows fall into the cooldown");
  const { correlationId, interventionId } = interventions[0] as (typeof interventions)[number];
  const chain = [
    of("storage.batch").find((one) => one.correlationId === correlationId),
    of("analysis.state").find((one) => one.correlationId === correlationId),
    of("ai.message").find((one) => one.interventionId === interventionId),
    of("figurine.command").find((one) => one.interventionId === interventionId),
  ];
  for (const link of chain) assert.equal(link?.correlationId, correlationId);
  const message = of("ai.message")[0];
  const command = of("figurine.command").find((one) => one.message !== null);
  assert.equal(of("ai.message").length, 1);
  assert.equal(command?.message?.text, message?.text);
  assert.equal(command?.animation, message?.animation);
  for (const { subject, data } of said) assert.deepEqual(check(subject, data), [], subject);
});

test("ACCEPTANCE 24 a flow trace is not interrupted", async () => {
  const { of } = await play("flow");
  assert.deepEqual(of("gamification.intervention"), []);
  assert.deepEqual(of("ai.message"), []);
  assert.equal(
    of("figurine.command").some((one) => one.message !== null),
    false,
  );
});
