// pm2.test.ts: what each key of a PM2 ecosystem file becomes.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the formats' own variables
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { type Files, moduleOf, notesOf, refusalOf, tryImport } from "./import.harness.ts";

const json = (app: object): Files => ({
  "ecosystem.config.json": JSON.stringify({ apps: [{ name: "a", ...app }] }),
});
const of = (app: object) => moduleOf({ ...json(app), "app.js": "", "run.py": "", "go/bin": "" });
const rung = (module: Readonly<Record<string, unknown>>): unknown =>
  (module["recovery"] as { ladder: { restart: unknown }[] } | undefined)?.ladder[0]?.restart;

test("a script finds its interpreter as in PM2", () => {
  const table: readonly (readonly [object, unknown])[] = [
    [{ script: "app.js" }, ["node", "app.js"]],
    [
      { script: "./app.js", args: "-p 80 --name 'a b'", node_args: "--inspect" },
      ["node", "--inspect", "./app.js", "-p", "80", "--name", "a b"],
    ],
    [{ script: "run.py", args: ["x"] }, ["python3", "run.py", "x"]],
    [{ script: "run.py", interpreter: "pypy" }, ["pypy", "run.py"]],
    [{ script: "go/bin", interpreter: "none" }, ["go/bin"]],
    [{ script: "npm", args: "start" }, ["npm", "start"]],
    [{ script: "npm run build && npm start" }, "npm run build && npm start"],
    [{ cmd: "sleep", args: [9] }, ["sleep", "9"]],
  ];
  for (const [app, command] of table) assert.deepEqual(of(app)["command"], command);
});

test("restarts: max_restarts within min_uptime become the ladder and stableAfter", () => {
  const plain = of({ script: "app.js" });
  assert.deepEqual(rung(plain), { attempts: 16, backoff: "0s", backoffMax: "0s" });
  assert.equal(plain["restart"], "always");
  assert.equal(plain["stableAfter"], "1s");
  assert.deepEqual(plain["stop"], { signal: "SIGINT", timeout: "1600ms" });

  const chosen = of({ script: "app.js", max_restarts: 10, min_uptime: "5s", restart_delay: 3000 });
  assert.deepEqual(rung(chosen), { attempts: 10, backoff: "3s", backoffMax: "3s" });
  assert.equal(chosen["stableAfter"], "5s");

  const growing = of({ script: "app.js", exp_backoff_restart_delay: 100, max_restarts: 3 });
  assert.deepEqual(rung(growing), { attempts: 3, backoff: "100ms", backoffMax: "15s" });
  assert.equal(growing["stableAfter"], "30s");

  // Ten tries of an hour each: a window of five minutes would never see them together.
  const slow = of({ script: "app.js", max_restarts: 10, min_uptime: "1h" });
  assert.deepEqual(rung(slow), { attempts: 10, backoff: "0s", backoffMax: "0s", window: "20h" });

  const codes = of({ script: "app.js", stop_exit_codes: [0, 3] });
  assert.deepEqual([codes["restart"], codes["successExitCodes"]], ["on-failure", [0, 3]]);
  assert.equal(of({ script: "app.js", autorestart: false })["restart"], "never");
  assert.deepEqual(of({ script: "app.js", max_restarts: 0 })["recovery"], { ladder: ["manual"] });
});

test("numbers and places: memory, instances, user, cwd, environments", () => {
  assert.deepEqual(of({ script: "app.js", max_memory_restart: "300M" })["limits"], {
    memory: "300MiB",
  });
  assert.equal(of({ script: "app.js", instances: 2 })["instances"], 2);
  const most = of({ script: "app.js", instances: -1 })["instances"] ?? 1;
  assert.equal(most, Math.max(1, availableParallelism() - 1));
  assert.equal(of({ script: "app.js", uid: 1000 })["user"], 1000);
  assert.equal(of({ script: "bin", cwd: "./go" })["cwd"], "./go");
  assert.deepEqual(of({ script: "app.js", port: 80, env: { A: 1, B: { c: 1 } } })["env"], {
    A: "1",
    B: '{"c":1}',
    PORT: "80",
  });
  const { system } = tryImport({
    ...json({ script: "app.js", env_production: { A: "p" } }),
    "app.js": "",
  });
  assert.deepEqual(system.profiles, { production: { modules: { a: { env: { A: "p" } } } } });
});

test("a program is evaluated; what it read of its environment stays a reference", () => {
  const files = {
    "ecosystem.config.js": `const { name } = require("./names.cjs");
module.exports = {
  apps: [
    {
      name,
      script: "app.js",
      env: { TOKEN: process.env.SHOP_TOKEN, NODE_ENV: process.env.NODE_ENV },
      cron_restart: "0 0 * * *",
    },
  ],
};
`,
    "names.cjs": 'exports.name = "Big App";',
    "app.js": "",
  };
  const result = tryImport(files, { SHOP_TOKEN: "tok-secret", NODE_ENV: "production" });
  assert.deepEqual(result.system.modules["big-app"]?.["env"], { TOKEN: "env:SHOP_TOKEN" });
  assert.ok(!result.text.includes("tok-secret"));
  assert.deepEqual(notesOf(result).slice(0, 1), ["big-app: cron_restart (ecosystem.config.js:8)"]);
  const module = {
    "ecosystem.config.mjs": 'export default { apps: [{ script: "sleep", args: "9" }] };',
  };
  assert.deepEqual(moduleOf(module)["command"], ["sleep", "9"]);
  const yaml = { "ecosystem.yaml": "apps:\n  - script: sleep\n    args: '9'\n" };
  assert.deepEqual(moduleOf(yaml)["command"], ["sleep", "9"]);
});

test("what has no place here is named: cluster mode, signals by message, logs, unknown keys", () => {
  const result = tryImport({
    ...json({
      script: "app.js",
      exec_mode: "cluster",
      instances: "4",
      wait_ready: true,
      watch: true,
      err_file: "x",
      odd: 1,
    }),
    "app.js": "",
  });
  assert.equal(result.system.modules["a"]?.["instances"], undefined);
  assert.deepEqual(
    result.notCarried.map(({ what }) => what),
    ["exec_mode: cluster with 4 instances", "wait_ready", "err_file", "watch", "odd"],
  );
});

test("a file that makes no sense is refused with its place and exit code 78", () => {
  const js = (text: string): Files => ({ "ecosystem.config.cjs": text });
  const table: readonly (readonly [Files, RegExp])[] = [
    [{ "ecosystem.json": '{ "apps": [' }, /^78 ecosystem\.json:1: /],
    [{ "ecosystem.json": "{}" }, /^78 ecosystem\.json.*has no apps/],
    [
      { "ecosystem.json": '{"apps": [\n{"name": "a"}]}' },
      /^78 ecosystem\.json:2: an app needs a script/,
    ],
    [json({ script: "a", min_uptime: "soon" }), /^78 ecosystem\.config\.json:1: 'min_uptime'/],
    [
      js("module.exports = {\n  apps: [\n};\n"),
      /^78 ecosystem\.config\.cjs:3: evaluating it failed/,
    ],
    [
      js("\nthrow new Error('no luck');\n"),
      /^78 ecosystem\.config\.cjs:2: evaluating it failed: no luck/,
    ],
    [js("process.exit(3);"), /^78 ecosystem\.config\.cjs: evaluating it ended with exit code 3/],
    [js("module.exports = 5;"), /^78 ecosystem\.config\.cjs.*must be a group of keys/],
  ];
  for (const [files, refusal] of table) assert.match(refusalOf(files), refusal);
});
