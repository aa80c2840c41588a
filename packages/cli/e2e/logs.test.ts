// logs.test.ts: what modules write is kept: whole lines, with their time, in order, within a size.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Rig, sh } from "./rig.ts";

test("lines carry their time and are never mixed; several modules are merged in order", async (t) => {
  const rig = new Rig(t);
  // In pieces on purpose: half a line, then the other half.
  const halves = (name: string): string[] =>
    sh(
      `i=0; while [ $i -lt 200 ]; do i=$((i + 1)); printf 'left-${name}-'; printf "$i-right\\n"; done; echo whole >&2; exec sleep 300`,
    );
  rig.system({ one: { command: halves("one") }, two: { command: halves("two") } });
  await rig.ok("up", "-d");
  const all = async (
    ...words: string[]
  ): Promise<{ time: string; module: string; stream: string; text: string }[]> =>
    (await rig.ok("logs", "--json", "-n", "10000", ...words)).out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  await rig.eventually("all is written", async () => (await all()).length === 402);
  const lines = await all();
  for (const name of ["one", "two"]) {
    const own = lines.filter(({ module, stream }) => module === name && stream === "out");
    assert.deepEqual(
      own.map(({ text }) => text),
      Array.from({ length: 200 }, (_, i) => `left-${name}-${i + 1}-right`),
    );
    assert.equal(
      lines.filter(({ module, stream }) => module === name && stream === "err").length,
      1,
    );
  }
  const times = lines.map(({ time }) => Date.parse(time));
  assert.ok(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0)));
  assert.equal(
    (await all("two")).every(({ module }) => module === "two"),
    true,
  );
  const people = (await rig.ok("logs", "one", "-n", "2")).out;
  assert.match(people, /^\S*\d\d:\d\d:\d\d\S* one \| /m);
  assert.equal((await rig.run("logs", "oen")).code, 2);
});

test("logs -f follows several modules, and ends with 130 on Ctrl-C", async (t) => {
  const rig = new Rig(t);
  const waits = (name: string): string[] =>
    sh(
      `echo ${name} first; until [ -e gate ]; do sleep 0.02; done; echo ${name} second; exec sleep 300`,
    );
  rig.system({ one: { command: waits("one") }, two: { command: waits("two") } });
  await rig.ok("up", "-d");
  const follower = rig.launch("logs", "-f");
  await follower.said("one first");
  await follower.said("two first");
  rig.write("gate", "");
  await follower.said("one second");
  await follower.said("two second");
  follower.child.kill("SIGINT");
  const { code, out } = await follower.ended;
  assert.equal(code, 130);
  assert.equal(out.split("one second").length, 2, "once");
  await rig.ok("down");
  assert.match((await rig.ok("logs")).out, /two second/, "also when nothing runs");
});

test("a log is rotated by size, and only so many old ones are kept", async (t) => {
  const rig = new Rig(t);
  const script = `i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); echo "line $i ................................................................"; done; echo end; exec sleep 300`;
  rig.system({ api: { command: sh(script), logs: { maxSize: "20KB", keep: 3 } } });
  await rig.ok("up", "-d");
  await rig.eventually("it has written all", async () =>
    (await rig.ok("logs", "-n", "5")).out.includes("end"),
  );
  const folder = join(rig.home, "logs");
  const files = readdirSync(folder).filter((name) => /^api\.log(\.\d+)?$/.test(name));
  assert.deepEqual(files.sort(), ["api.log", "api.log.1", "api.log.2", "api.log.3"]);
  for (const name of files) {
    // A file is put aside when it has reached its size: the last portion is in it whole.
    assert.ok(statSync(join(folder, name)).size <= 40_000, name);
    for (const line of readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean))
      assert.match(line, /^\d{4}-\d\d-\d\dT\S+Z .*(line \d+ \.+|end)$/);
  }
  const numbers = [...(await rig.ok("logs", "-n", "100000")).out.matchAll(/line (\d+) /g)].map(
    (match) => Number(match[1]),
  );
  assert.equal(numbers.at(-1), 3000);
  assert.ok(
    numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1),
  );
});

test("a module that writes without end does not fill the disk with its spool", async (t) => {
  const rig = new Rig(t);
  rig.system({
    flood: {
      command: sh(
        "yes 0123456789012345678901234567890123456789 | head -c 60000000; echo done; exec sleep 300",
      ),
      logs: { maxSize: "100KB", keep: 1 },
    },
  });
  await rig.ok("up", "-d");
  await rig.eventually("all was copied", async () =>
    (await rig.ok("logs", "-n", "1")).out.includes("done"),
  );
  const run = join(rig.home, "run", "flood");
  await rig.eventually("the spool's space was given back", () => {
    const blocks = readdirSync(run).map((name) => statSync(join(run, name)).blocks * 512);
    return blocks.reduce((sum, bytes) => sum + bytes, 0) < 30_000_000;
  });
});
