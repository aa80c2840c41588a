// crash-loop.test.ts: a module that crashes again and again ends, says why, and disturbs nobody.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, openGround, writeConfig } from "./ground.ts";

test("a crash loop ends in 'failed' with a sentence that says what to do; the others go on undisturbed", async (t) => {
  const ground = openGround(null);
  t.after(() => ground.clear());
  const calm = { command: ["sleep", "100000"] };
  writeConfig(ground, {
    name: "crashloop",
    // The default ladder, with the default of 10 s made short.
    orchestrator: { recoveryBackoff: "200ms" },
    modules: { calm, also: calm, crashing: { command: ["sh", "-c", "sleep 0.1; exit 7"] } },
  });
  await ground.skelly(["up", "-d"]);
  const before = await ground.status();
  let after = before;
  const failed = await eventually(async () => {
    after = await ground.status();
    return after?.modules.find(({ id }) => id === "crashing")?.state === "failed";
  }, 15_000);
  assert.ok(failed);
  const crashing = after?.modules.find(({ id }) => id === "crashing");
  assert.equal(crashing?.restarts, 3);
  assert.match(
    crashing?.failure?.message ?? "",
    /^Gave up on 'crashing' after 3 restart attempts; last: .*code 7.*skelly recover crashing/,
  );
  const lives = (report: typeof before) =>
    report?.modules
      .filter(({ id }) => id !== "crashing")
      .map(({ id, pid, incarnation, state }) => [id, pid, incarnation, state]);
  assert.deepEqual(lives(after), lives(before));
  assert.equal((await ground.skelly(["down"])).code, 0);
  const left = ground.processes().map(({ commandLine }) => commandLine.slice(0, 90));
  assert.deepEqual(left, []);
});
