// simulate.test.ts: what-if with a user's own system: deeds are read, played and told; an incident is played again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SystemEvent } from "@skelly-jelly/contract";
import { edge, module, system } from "@skelly-jelly/orchestrator/testkit";
import { deedsOfIncident, parseDeed } from "./deed.ts";
import { play } from "./play.ts";

const shop = system([
  module("storage", { ready: null }),
  module("api", { dependsOn: [edge("storage", { whenDown: "pause" })] }),
]);
const ids = ["storage", "api"];
const usual = { system: shop, seed: 1, readyMs: () => 100 };

test("a deed is a module and a time; anything else is refused with the nearest right thing", () => {
  assert.deepEqual(parseDeed("kill", "storage@30s", ids), {
    kind: "kill",
    module: "storage",
    atMs: 30_000,
  });
  assert.throws(() => parseDeed("kill", "storge@30s", ids), /storge.*Did you mean 'storage'/);
  assert.throws(() => parseDeed("kill", "storage@soon", ids), /'soon' is no time/);
  assert.throws(() => parseDeed("hang", "storage", ids), /--hang needs a module and a time/);
});

test("kill storage at 30 s: it is back at once, its dependent pauses and goes on", async () => {
  const { started, told, status } = await play({
    ...usual,
    deeds: [{ kind: "kill", module: "storage", atMs: 30_000 }],
    forMs: 60_000,
  });
  assert.equal(started, "up");
  const after = told.slice(told.findIndex((each) => "deed" in each));
  const story = after.flatMap((each) =>
    "event" in each && each.event.type === "module-state-changed"
      ? [`${each.event.module} ${each.event.to}`]
      : [],
  );
  assert.deepEqual(story.slice(0, 2), ["storage waiting", "api paused"]);
  assert.equal(story.at(-1), "api running");
  assert.equal(status.status, "healthy");
});

test("one that hangs is found deaf, restarted in vain, and given up; mending it in time saves it", async () => {
  const hang = { kind: "hang", module: "api", atMs: 10_000 } as const;
  const lost = await play({ ...usual, deeds: [hang], forMs: 3_600_000 });
  assert.equal(lost.status.modules.find(({ id }) => id === "api")?.state, "failed");
  assert.ok((lost.downMs.get("api") ?? 0) > 600_000);
  const mend = { kind: "mend", module: "api", atMs: 60_000 } as const;
  const saved = await play({ ...usual, deeds: [hang, mend], forMs: 3_600_000 });
  assert.equal(saved.status.status, "healthy");
});

test("the same seed tells the same story", async () => {
  const deeds = [{ kind: "crash", module: "storage", atMs: 5000 }] as const;
  const tell = async () =>
    (await play({ ...usual, deeds, forMs: 300_000 })).told.map((each) => each.atMs);
  assert.deepEqual(await tell(), await tell());
});

test("the failures of the last run become deeds at the times they happened", () => {
  const at = (timeMs: number, event: object): SystemEvent =>
    ({ seq: 1, timeMs, ...event }) as SystemEvent;
  const failure = { code: "EXITED", kind: "startup", message: "it ended" };
  const moved = (module: string, from: string, to: string, why: object | null) => ({
    type: "module-state-changed",
    module,
    incarnation: 1,
    from,
    to,
    cause: "",
    failure: why,
    pid: 1,
  });
  const events = [
    at(500, moved("storage", "running", "waiting", failure)),
    at(1000, { type: "system-status-changed", from: "stopped", to: "starting", reasons: [] }),
    at(1100, moved("storage", "starting", "running", null)),
    at(31_000, moved("storage", "running", "backing-off", failure)),
    at(40_000, moved("api", "running", "stopping", { ...failure, kind: "health-check" })),
  ];
  assert.deepEqual(deedsOfIncident(events, ids), [
    { kind: "kill", module: "storage", atMs: 30_000 },
    { kind: "hang", module: "api", atMs: 39_000 },
  ]);
});
