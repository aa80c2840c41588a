// bad-config.test.ts: one file with every mistake: one report that names each, exit code 78, and nothing happens.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Rig, sh } from "./rig.ts";

const YAML = `name: shop
modules:
  database:
    command: [sleep, 9]
  api:
    command: [slepe, 9]
    dependsOn: [databse, web]
  web:
    command: [sleep, 9]
    dependsOn: [api]
    required: "yes"
    startupTimeout: 60 secs
    colour: red
  database:
    command: [sleep, 9]
`;
const JSON_TEXT = `{
  "name": "shop",
  "modules": {
    "database": { "command": ["sleep", "9"] },
    "api": {
      "command": ["slepe", "9"],
      "dependsOn": ["databse", "web"] },
    "web": { "command": ["sleep", "9"],
      "dependsOn": ["api"],
      "required": "yes",
      "startupTimeout": "60 secs",
      "colour": "red" },
    "database": { "command": ["sleep", "9"] }
  }
}
`;
const CODE = `export default {
  name: "shop",
  modules: {
    database: { command: ["sleep", "9"] },
    api: {
      command: ["slepe", "9"],
      dependsOn: ["databse", "web"] },
    web: { command: ["sleep", "9"],
      dependsOn: ["api"],
      required: "yes",
      startupTimeout: "60 secs",
      colour: "red" },
    database: { command: ["sleep", "9"] },
  },
};
`;

/** What each mistake is called, with the line where it is in each language. */
const MISTAKES: readonly (readonly [RegExp, Readonly<Record<string, number>>])[] = [
  [/'slepe' was not found.*did you mean 'sleep'/, { yaml: 6, json: 6, ts: 6 }],
  [/'databse', which does not exist; did you mean 'database'/, { yaml: 7, json: 7, ts: 7 }],
  [/cycle: api → web → api/, { yaml: 7, json: 7, ts: 7 }],
  [/'required' must be true or false.*write true/, { yaml: 11, json: 10, ts: 10 }],
  [/'startupTimeout' must be a duration.*did you mean "60s"/, { yaml: 12, json: 11, ts: 11 }],
  [/unknown key 'colour'/, { yaml: 13, json: 12, ts: 12 }],
  [/'database' is written twice/, { yaml: 14, json: 13, ts: 13 }],
];

for (const [language, text] of [
  ["yaml", YAML],
  ["json", JSON_TEXT],
  ["ts", CODE],
] as const) {
  test(`every mistake in a ${language} file is named with its line, and nothing is started`, async (t) => {
    const rig = new Rig(t);
    rig.write("package.json", '{ "type": "module" }');
    const file = `skelly.config.${language}`;
    rig.write(file, text);
    for (const words of [["validate"], ["up", "-d"], ["up"]]) {
      const { code, err } = await rig.run(...words);
      assert.equal(code, 78, err);
      for (const [message, lines] of MISTAKES) {
        const line = err.split("\n").find((each) => message.test(each));
        assert.ok(line !== undefined, `${message} is not in\n${err}`);
        assert.match(line, new RegExp(`^${file}:${lines[language]}\\b`), line);
      }
    }
    assert.deepEqual(rig.processes(), []);
    assert.deepEqual(readdirSync(rig.folder).sort(), ["package.json", file]);
  });
}

test("validate --json gives the same for programs; a right file is told to be right", async (t) => {
  const rig = new Rig(t);
  rig.write("skelly.config.yaml", YAML);
  const bad = await rig.run("validate", "--json");
  assert.equal(bad.code, 78);
  const report = JSON.parse(bad.out) as { ok: boolean; problems: { line: number }[] };
  assert.equal(report.ok, false);
  assert.ok(report.problems.length >= MISTAKES.length);
  rig.write("skelly.config.yaml", "modules:\n  api:\n    command: [sleep, 9]\n");
  const good = await rig.ok("validate");
  assert.match(good.out, /is right: 1 module/);
  assert.equal(existsSync(rig.home), false);
});

test("a configuration that is a program and throws, never ends or gives nothing is refused", async (t) => {
  const rig = new Rig(t);
  rig.write("package.json", '{ "type": "module" }');
  for (const text of ["throw new Error('not today')", "export default 7", "export const x = {}"]) {
    rig.write("skelly.config.js", text);
    const { code, err } = await rig.run("up", "-d");
    assert.equal(code, 78, err);
    assert.match(err, /skelly\.config\.js/);
    if (text.startsWith("throw")) assert.match(err, /not today/);
  }
  assert.deepEqual(rig.processes(), []);
});

test("a command that is not there is refused, unless a task before it may make it", async (t) => {
  const rig = new Rig(t);
  const tool = { command: ["./tool"], ready: { log: "made" } };
  rig.system({ tool });
  const refused = await rig.run("up", "-d");
  assert.equal(refused.code, 78);
  assert.match(refused.err, /\.\/tool/);
  const make = "printf '#!/bin/sh\\necho made\\nexec sleep 300\\n' >tool; chmod +x tool";
  rig.system({ build: { command: sh(make), task: true }, tool: { ...tool, dependsOn: ["build"] } });
  await rig.ok("up", "-d");
  await rig.ok("down");
});

test("a command that is still not there, or may not be run, when it is to start is not tried again", async (t) => {
  for (const make of ["true", "echo >tool", "printf '#!/no/such/shell\\n' >tool; chmod +x tool"]) {
    const rig = new Rig(t);
    rig.system({
      build: { command: sh(make), task: true },
      tool: { command: ["./tool"], dependsOn: ["build"], required: false },
    });
    await rig.ok("up", "-d");
    const tool = await rig.untilModule("tool", "has failed", ({ state }) => state === "failed");
    assert.equal(tool.failure?.code, "COMMAND_NOT_FOUND", make);
    assert.deepEqual([tool.incarnation, tool.restarts], [1, 0], make);
    await rig.ok("down");
  }
});
