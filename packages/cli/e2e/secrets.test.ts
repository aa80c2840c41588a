// secrets.test.ts: references to secrets reach the module that needs them, and are found nowhere else.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Rig, sh } from "./rig.ts";

const IN_ENV = "hunter2-from-the-environment";
const IN_FILE = "hunter3-from-a-file";

/** Every file below a folder, with what is in it. */
function* filesBelow(folder: string): Generator<readonly [string, string]> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stat = statSync(path);
    if (stat.isDirectory()) yield* filesBelow(path);
    if (stat.isFile()) yield [path, readFileSync(path, "latin1")];
  }
}

/** Where there is memory that looks like files, that is where a plain program finds its configuration. */
const configFilesOf = ({ memory }: Rig): string[] =>
  existsSync(memory) ? [...filesBelow(memory)].map(([, text]) => text) : [];

test("`env:` and `file:` references reach the module and are found nowhere else", async (t) => {
  const rig = new Rig(t, { env: { SHOP_KEY: IN_ENV } });
  rig.write("key.txt", `${IN_FILE}\n`);
  const entry = rig.entry(
    "shop.mjs",
    `import { writeFileSync } from "node:fs";
     export default defineModule({ name: "shop", start(ctx) { writeFileSync("entry.seen", JSON.stringify(ctx.config)); },
       reconfigure(ctx, next) { writeFileSync("entry.seen", JSON.stringify(next)); return "applied"; } });`,
  );
  const config = { key: "env:SHOP_KEY", deep: { other: "file:./key.txt" }, page: 1 };
  const show =
    'echo "$KEY $OTHER" >plain.seen; cat "$SKELLY_CONFIG_FILE" >>plain.seen; exec sleep 300';
  rig.system({
    plain: { command: sh(show), env: { KEY: "env:SHOP_KEY", OTHER: "file:./key.txt" }, config },
    entry: { entry, config },
    thread: { entry, run: "worker", config },
    broken: {
      command: sh("exit 9"),
      env: { KEY: "env:SHOP_KEY" },
      required: false,
      recovery: { ladder: ["manual"] },
      config,
    },
  });
  const printed: string[] = [];
  const run = async (...words: string[]): Promise<void> => {
    const { out, err } = await rig.run(...words);
    printed.push(out, err);
  };
  await run("validate");
  await run("up", "-d");
  await rig.eventually(
    "all have seen theirs",
    () => rig.lines("plain.seen").length >= 2 && rig.read("entry.seen") !== "",
  );
  const own = rig.read("plain.seen") + rig.read("entry.seen");
  assert.equal(rig.lines("plain.seen")[0], `${IN_ENV} ${IN_FILE}`);
  assert.match(own, new RegExp(`"key":"${IN_ENV}","deep":\\{"other":"${IN_FILE}"\\}`));
  await run("config", "set", "entry", "page", "2");
  await run("config", "set", "plain", "page", "2");
  await run("config", "set", "entry", "page.deeper", "2");
  await run("status", "--json", "--all");
  await run("health", "plain");
  await run("events", "--json", "-n", "1000");
  await run("config", "get");
  await run("config", "get", "entry");
  await run("logs", "-n", "1000");
  for (const secret of [IN_ENV, IN_FILE]) {
    const leaks = [...filesBelow(rig.home)]
      .filter(([, text]) => text.includes(secret))
      .map(([path]) => path);
    assert.deepEqual(leaks, []);
    assert.equal(printed.filter((text) => text.includes(secret)).join("\n"), "");
  }
  const shared = configFilesOf(rig);
  assert.ok(
    shared.some((text) => text.includes(IN_ENV)),
    "the file of a plain program",
  );
  await run("down");
  await rig.eventually("it is gone with it", () => configFilesOf(rig).length === 0);
  for (const [path, text] of filesBelow(rig.home)) {
    assert.ok(!text.includes(IN_ENV) && !text.includes(IN_FILE), path);
  }
});

test("a secret that is not there is named, its module does not start, and the state is private", async (t) => {
  const rig = new Rig(t);
  rig.system({
    api: { command: ["sleep", "300"], env: { KEY: "env:NO_SUCH_KEY" }, required: false },
    web: { command: ["sleep", "300"] },
  });
  const up = await rig.run("up", "-d");
  assert.match(up.out + up.err, /NO_SUCH_KEY/);
  if (up.code === 0) {
    const mode = (path: string): number => statSync(join(rig.home, path)).mode & 0o777;
    assert.equal(mode("."), 0o700);
    assert.equal(mode("control.sock"), 0o600);
  }
});
