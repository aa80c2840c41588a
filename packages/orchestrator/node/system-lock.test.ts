// system-lock.test.ts: one orchestrator per system, whatever kills it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { acquireLock, lockHolder } from "./system-lock.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "skelly-lock-"));

const STARTER = `
  import { acquireLock } from ${JSON.stringify(new URL("system-lock.ts", import.meta.url))};
  const lock = await acquireLock(process.argv[1]);
  console.log(JSON.stringify({ ok: lock.ok, pid: lock.ok ? process.pid : lock.pid }));
  if (lock.ok) setInterval(() => {}, 1000);`;

function starter(directory: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", STARTER, directory]);
  const said = once(child.stdout, "data").then(
    ([bytes]) => JSON.parse(String(bytes)) as { ok: boolean; pid: number },
  );
  return { child, said };
}

test("a second starter is refused and told who holds the lock, until it is released", async (t) => {
  const directory = folder();
  t.after(() => rmSync(directory, { recursive: true }));
  const first = await acquireLock(directory);
  assert.ok(first.ok);
  assert.equal(lockHolder(directory), process.pid);
  assert.deepEqual(await acquireLock(directory), { ok: false, pid: process.pid });
  first.release();
  assert.equal(lockHolder(directory), null);
  const again = await acquireLock(directory);
  assert.ok(again.ok);
  again.release();
  assert.deepEqual(readdirSync(directory), []);
});

test("of several that start at once exactly one holds, and kill -9 of it frees the lock", async (t) => {
  const directory = folder();
  const starters = Array.from({ length: 4 }, () => starter(directory));
  t.after(() => {
    for (const { child } of starters) child.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  });
  const answers = await Promise.all(starters.map(({ said }) => said));
  const holders = answers.filter(({ ok }) => ok);
  assert.equal(holders.length, 1, JSON.stringify(answers));
  assert.equal(lockHolder(directory), holders[0]!.pid);
  const holder = starters.find(({ child }) => child.pid === holders[0]!.pid)!;
  const ended = once(holder.child, "exit");
  holder.child.kill("SIGKILL");
  await ended;
  const next = await acquireLock(directory);
  assert.ok(next.ok);
  next.release();
});

test("a claim of a process whose number was given to another does not hold", async (t) => {
  const directory = folder();
  t.after(() => rmSync(directory, { recursive: true }));
  // Our own pid, but another start time and another boot.
  writeFileSync(join(directory, `lock-held-${process.pid}-1-00000000`), "");
  const lock = await acquireLock(directory);
  assert.ok(lock.ok);
  assert.equal(readdirSync(directory).length, 2);
  lock.release();
});
