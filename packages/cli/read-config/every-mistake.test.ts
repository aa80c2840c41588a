// every-mistake.test.ts: one file with every mistake gives one report that names each with its place and the
// nearest right thing; in YAML, JSON and TypeScript alike.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatProblems } from "./problem.ts";
import { type ReadResult, readSystem } from "./read-system.ts";

let directory = "";
before(() => {
  directory = mkdtempSync(join(tmpdir(), "skelly-config-"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

const evaluate = {
  node: process.execPath,
  program: fileURLToPath(new URL("./main.ts", import.meta.url)),
  flags: ["--conditions=source"],
  output: "ignore",
} as const;

async function read(name: string, text: string): Promise<ReadResult> {
  const file = join(directory, name);
  writeFileSync(file, text);
  return readSystem(file, { evaluate });
}
const reportOf = ({ problems }: ReadResult): readonly string[] =>
  formatProblems(problems, { cwd: directory })
    .split("\n")
    .filter((line) => !/^ +\d* \|/.test(line));

test("YAML: a cycle, missing ids, duplicates, unknown keys, wrong types, bad durations, missing commands", async () => {
  const result = await read(
    "skelly.config.yaml",
    `name: shop
orchestrator: { startupTimeout: 60 secs, healthCheckIntervall: 30s }
modules:
  database:
    comand: [sleep, 9]
    ready: { tcp: 543200 }
  api:
    command: [slepe, 9]
    dependsOn: [databse, web]
    stop: { signal: SIGNIT }
    limits: { memory: 12 parsecs }
  web:
    command: [sleep, 9]
    dependsOn: { api: {} }
    required: "yes"
  Big Api: { command: [sleep, 9], run: wroker }
  database:
    command: [sleep, 9]
`,
  );
  assert.equal(result.system, null);
  assert.deepEqual(reportOf(result), [
    `skelly.config.yaml:2:33  error  'startupTimeout' must be a duration such as "30s", "500ms" or "5m" (a plain number is milliseconds), but is "60 secs"; did you mean "60s"?`,
    "skelly.config.yaml:2:42  error  unknown key 'healthCheckIntervall'; did you mean 'healthCheckInterval'?",
    "skelly.config.yaml:8:15  error  the command 'slepe' was not found on the PATH, or may not be run; did you mean 'sleep'?",
    "skelly.config.yaml:9:17  error  'api' depends on 'databse', which does not exist; did you mean 'database'?",
    "skelly.config.yaml:9:26  error  dependency cycle: api → web → api; none of these could ever start; remove one of the edges",
    "skelly.config.yaml:10:21  error  'signal' must be a signal, but is \"SIGNIT\"; did you mean 'SIGINT'?",
    'skelly.config.yaml:11:23  error  \'memory\' must be a size such as "512MB" or "1GiB" (a plain number is bytes), but is "12 parsecs"; for example "512MB"',
    "skelly.config.yaml:15:15  error  'required' must be true or false, but is \"yes\"; write true",
    "skelly.config.yaml:16:3  error  'Big Api' is no module id: lower-case letters, digits, '-', '_' and '.', at most 64, beginning with a letter or digit; for example 'big-api'",
    "skelly.config.yaml:16:40  error  'run' must be 'process', 'worker' or 'in-process', but is \"wroker\"; did you mean 'worker'?",
    "skelly.config.yaml:17:3  error  'database' is written twice; the first is on line 4; remove or rename one of the two",
    "11 errors",
  ]);
});

test("JSON: the same, with trailing commas, comments and duplicate keys in their places", async () => {
  const result = await read(
    "skelly.config.json",
    `{
  // shop
  "name": "shop",
  "modules": {
    "a": { "comand": ["sleep", "9"] },
    "b": { "command": ["slepe", "9"], "dependsOn": ["c"], },
    "c": { "command": ["sleep", "9"], "dependsOn": ["b", "d"], "startupTimeout": "soon" },
    "b": { "command": ["sleep", "9"], "dependsOn": ["c"] }
  }
}
`,
  );
  assert.equal(result.system, null);
  assert.deepEqual(reportOf(result), [
    "skelly.config.json:2:3  error  JSON has no comments; remove it, or use YAML or TypeScript",
    "skelly.config.json:5:12  error  unknown key 'comand'; did you mean 'command'?",
    "skelly.config.json:6:57  error  a comma before '}' is not allowed in JSON; remove it",
    "skelly.config.json:7:58  error  'c' depends on 'd', which does not exist; the other modules are: a, b",
    `skelly.config.json:7:82  error  'startupTimeout' must be a duration such as "30s", "500ms" or "5m" (a plain number is milliseconds), but is "soon"; for example "30s"`,
    "skelly.config.json:8:5  error  'b' is written twice; the first is on line 6; remove or rename one of the two",
    "skelly.config.json:8:53  error  dependency cycle: b → c → b; none of these could ever start; remove one of the edges",
    "7 errors",
  ]);
});

test("TypeScript: placed by line where the file shows it, around it where it is computed", async () => {
  const result = await read(
    "skelly.config.ts",
    `import { defineSystem, type ModuleConfig } from "skelly-jelly";
console.log("{ noise }");
const shared: ModuleConfig = { command: ["sleep", 9] };
export default defineSystem({
  name: "shop", // the { shop }
  modules: {
    "a": { ...shared, dependsOn: ["b", "nope" as never] },
    b: {
      command: \`slepe \${9}\`,
      dependsOn: { a: { condition: "helthy" as never } },
      ...{ comand: 1 },
    },
  },
});
`,
  );
  assert.equal(result.system, null);
  assert.deepEqual(reportOf(result), [
    "skelly.config.ts:7:35  error  dependency cycle: a → b → a; none of these could ever start; remove one of the edges",
    "skelly.config.ts:7:40  error  'a' depends on 'nope', which does not exist; the other modules are: b",
    "skelly.config.ts:8:5  error  unknown key 'comand'; did you mean 'command'?",
    "skelly.config.ts:9:16  error  the command 'slepe' was not found on the PATH, or may not be run; did you mean 'sleep'?",
    "skelly.config.ts:10:36  error  'condition' must be 'started', 'healthy' or 'completed', but is \"helthy\"; did you mean 'healthy'?",
    "5 errors",
  ]);
});
