// process-runner.test.ts: modules as real processes: how they start, end and are told apart.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readStat } from "./process-identity.ts";
import { eventually, rig } from "./process-runner.harness.ts";

const command = (...argv: string[]) => ({ kind: "command", argv }) as const;

describe("an incarnation", () => {
  test("is told as spawned with its own pid, and as ended with its exit code", async (t) => {
    const { start, read } = rig(t);
    const { facts } = start("echo $$ >pid; exit 7");
    const ended = await facts.until("ended");
    assert.deepEqual(facts.all, [
      { kind: "spawned", pid: Number(read("pid")) },
      { kind: "ended", code: 7, signal: null, outOfMemory: false, swept: 0, stuck: [] },
    ]);
    assert.equal(ended.code, 7);
  });

  test("that dies of a signal is told with the signal's name", async (t) => {
    const { facts } = rig(t).start("kill -KILL $$");
    const { code, signal } = await facts.until("ended");
    assert.deepEqual({ code, signal }, { code: null, signal: "SIGKILL" });
  });

  test("follows another under the same parent, and no fact comes before start returns", async (t) => {
    const { start, read } = rig(t);
    for (let k = 1; k <= 50; k += 1) {
      const { facts } = start(`echo "$PPID $SKELLY_INCARNATION" >>lives; exit ${k % 5}`);
      assert.deepEqual(facts.all, []);
      assert.equal((await facts.until("ended")).code, k % 5);
    }
    const lives = read("lives")
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" "));
    assert.equal(new Set(lives.map(([parent]) => parent)).size, 1);
    assert.deepEqual(
      lives.map(([, mark]) => mark),
      Array.from({ length: 50 }, (_, k) => `test/api/${k + 1}`),
    );
  });

  test("is never started twice: a start while it lives is refused", async (t) => {
    const { start, read, file } = rig(t);
    const first = start("echo one >>lives; exec sleep 60");
    const second = start("echo two >>lives; exec sleep 60");
    const { failure } = await second.facts.until("spawn-failed");
    assert.match(failure.message, /incarnation 1 of it still lives/);
    await first.facts.until("spawned");
    await eventually("the first wrote", () => existsSync(file("lives")));
    first.module.kill();
    await first.facts.until("ended");
    assert.equal(read("lives"), "one\n");
  });

  test("is one of many that are started at once, each with a parent and a session of its own", async (t) => {
    const { start, read } = rig(t);
    const line = `echo "$PPID $SKELLY_INCARNATION" >>lives; exit 3`;
    const all = Array.from({ length: 30 }, (_, n) => start(line, {}, `m#${n + 1}`));
    for (const { facts } of all) assert.equal((await facts.until("ended")).code, 3);
    for (const { facts } of all) assert.equal(facts.all[0]?.kind, "spawned");
    const lives = read("lives").trimEnd().split("\n");
    assert.equal(new Set(lives.map((life) => life.split(" ")[0])).size, 30);
    const parents = lives.map((life) => readStat(Number(life.split(" ")[0])));
    assert.ok(parents.every((parent) => parent !== null && parent.session === parent.pid));
    assert.equal((await start("exit 4", {}, "m#7").facts.until("ended")).code, 4);
  });

  test("can be signalled and killed before it exists", async (t) => {
    const { start } = rig(t);
    const terminated = start("exec sleep 60");
    terminated.module.signal("SIGTERM");
    assert.equal((await terminated.facts.until("ended")).signal, "SIGTERM");
    const killed = start("exec sleep 60");
    killed.module.kill();
    assert.equal((await killed.facts.until("ended")).signal, "SIGKILL");
  });
});

describe("what it is given", () => {
  test("arguments, folder and environment arrive unchanged, odd signs and names included", async (t) => {
    const { start, read, directory } = rig(t, { extraEnv: () => ({ EXTRA: "yes" }) });
    const odd = `it's $HOME "quoted" \\n\nsecond line\t#`;
    const env = { ODD: odd, d: "kept", k: "kept", t: "kept", "odd.name": "odd value", IFS: "x" };
    const print = `const e = process.env; require("node:fs").writeFileSync("seen",
      JSON.stringify([process.argv[1], process.cwd(), e.ODD, e.d, e.k, e.t, e["odd.name"], e.IFS, e.EXTRA]))`;
    const { facts } = start(command(process.execPath, "-e", print, odd), { env });
    assert.equal((await facts.until("ended")).code, 0);
    assert.deepEqual(JSON.parse(read("seen")), [
      odd,
      directory,
      odd,
      "kept",
      "kept",
      "kept",
      "odd value",
      "x",
      "yes",
    ]);
  });

  test("it lives in a session of its own and its parent's, ignores no signal, and inherits no file", async (t) => {
    const { start, read } = rig(t);
    const look =
      "cat /proc/self/stat >stat; grep -E 'Sig(Ign|Blk)' /proc/self/status >signals; ls /proc/$$/fd >fds";
    await start(look).facts.until("ended");
    const [, , , , group, session] = read("stat").split(" ");
    assert.equal(group, session);
    assert.notEqual(session, String(readStat(process.pid)?.session));
    assert.match(read("signals"), /SigIgn:\s0+\n/);
    assert.match(read("signals"), /SigBlk:\s0+\n/);
    assert.deepEqual(
      read("fds")
        .trim()
        .split("\n")
        .filter((fd) => Number(fd) > 2 && Number(fd) < 10),
      [],
    );
  });

  test("umask and the limit of file handles hold", async (t) => {
    const { start, read } = rig(t);
    const limits = { fileHandles: 77 };
    await start("umask >seen; ulimit -n >>seen", { umask: 0o027, limits }).facts.until("ended");
    assert.equal(read("seen"), "0027\n77\n");
  });

  test("another user's rights are taken on when root asks", {
    skip: process.getuid?.() !== 0 && "needs root",
  }, async (t) => {
    const { start, runDirectory } = rig(t);
    await start("id -un", { user: "nobody", cwd: "/" }).facts.until("ended");
    assert.equal(readFileSync(`${runDirectory}/api/1.out`, "utf8"), "nobody\n");
  });

  test("secrets are in no file and on no command line", async (t) => {
    const { start, runDirectory } = rig(t);
    const { facts } = start(`echo ready; exec sleep 60`, { env: { PASSWORD: "s3cret-value" } });
    const { pid } = await facts.until("spawned");
    await eventually("it writes", () => readFileSync(`${runDirectory}/api/1.out`, "utf8") !== "");
    for (const name of readdirSync(`${runDirectory}/api`)) {
      if (name === "cmd" || name === "say") continue;
      assert.doesNotMatch(readFileSync(`${runDirectory}/api/${name}`, "latin1"), /s3cret/, name);
    }
    const parent = readStat(pid ?? 0)?.parentPid ?? 0;
    assert.doesNotMatch(readFileSync(`/proc/${parent}/cmdline`, "latin1"), /s3cret/);
    assert.doesNotMatch(readFileSync(`/proc/${parent}/environ`, "latin1"), /s3cret/);
    assert.match(readFileSync(`/proc/${pid}/environ`, "latin1"), /s3cret/);
  });

  test("a line on its notify descriptor is told", async (t) => {
    const { start } = rig(t);
    for (const fd of [3, 8]) {
      const ask = { kind: "notify-fd", fd } as const;
      const ready = { ask, intervalMs: 1, timeoutMs: 1, threshold: 1, successThreshold: 1 };
      const { facts, module } = start(`echo >&${fd}; exec sleep 60`, { ready });
      await facts.until("notified");
      module.kill();
      await facts.until("ended");
      assert.deepEqual(
        facts.all.map(({ kind }) => kind),
        ["spawned", "notified", "ended"],
      );
    }
  });
});

describe("what cannot be started is named", () => {
  const cases: readonly [string, Parameters<ReturnType<typeof rig>["start"]>, RegExp][] = [
    [
      "a command that is not there",
      [command("no-such-command")],
      /'no-such-command' was not found/,
    ],
    ["a path that is not there", [command("./no-such-file")], /'.\/no-such-file' was not found/],
    [
      "a folder that is not there",
      [command("true"), { cwd: "/no/such/folder" }],
      /folder \/no\/such\/folder cannot be entered/,
    ],
    [
      "a user that is not there",
      [command("true"), { user: "no-such-user" }],
      /no user 'no-such-user'/,
    ],
    ["an empty command", [command()], /command is empty/],
    [
      "an entry without a command for it",
      [{ kind: "entry", file: "/x.ts" }],
      /no command for entry files/,
    ],
  ];
  for (const [title, args, expected] of cases) {
    test(title, async (t) => {
      const { facts } = rig(t).start(...args);
      const { failure } = await facts.until("spawn-failed");
      assert.match(failure.message, expected);
      assert.deepEqual(
        facts.all.map(({ kind }) => kind),
        ["spawn-failed"],
      );
    });
  }

  test("a script whose interpreter is missing, and one that may not be run", async (t) => {
    const { start, file } = rig(t);
    writeFileSync(file("script"), "#!/no/such/interpreter\n", { mode: 0o755 });
    writeFileSync(file("plain"), "#!/bin/sh\n", { mode: 0o644 });
    for (const name of ["script", "plain"]) {
      const { failure } = await start(command(`./${name}`)).facts.until("spawn-failed");
      assert.equal(failure.code, "COMMAND_NOT_FOUND");
    }
  });

  test("a program that itself exits with 127 was started", async (t) => {
    const { code } = await rig(t).start("exit 127").facts.until("ended");
    assert.equal(code, 127);
  });

  test("after a refusal the same instance starts as ever", async (t) => {
    const { start } = rig(t);
    await start(command("true"), { cwd: "/no/such/folder" }).facts.until("spawn-failed");
    assert.equal((await start("exit 3").facts.until("ended")).code, 3);
  });
});

test("one that was stopped by a signal from outside hears its stop signal at once", async (t) => {
  const { facts, module } = rig(t).start({ kind: "command", argv: ["sleep", "1000"] });
  const { pid } = await facts.until("spawned");
  process.kill(pid as number, "SIGSTOP");
  module.signal("SIGTERM");
  assert.equal((await facts.until("ended")).signal, "SIGTERM");
});
