// read-system.test.ts: files of every kind, good and broken, and what evaluating one may not do.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { findConfig } from "./find-config.ts";
import { readCodePlaces } from "./read-code-places.ts";
import { readJson } from "./read-json.ts";
import { readSystem } from "./read-system.ts";
import { readYaml } from "./read-yaml.ts";

let directory = "";
before(() => {
  directory = mkdtempSync(join(tmpdir(), "skelly-read-"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

const evaluate = {
  node: process.execPath,
  program: fileURLToPath(new URL("./main.ts", import.meta.url)),
  flags: ["--conditions=source"],
  output: "ignore",
} as const;

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}
const says = async (name: string, text: string, options = {}): Promise<string> => {
  const { system, problems } = await readSystem(write(name, text), { evaluate, ...options });
  assert.equal(system, null);
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`).join("\n");
};

test("the nearest configuration upwards is found, TypeScript before the others", () => {
  const deep = join(directory, "a", "b");
  mkdirSync(deep, { recursive: true });
  write("a/skelly.config.yaml", "");
  assert.equal(findConfig(deep), join(directory, "a", "skelly.config.yaml"));
  write("a/skelly.config.ts", "");
  assert.equal(findConfig(deep), join(directory, "a", "skelly.config.ts"));
});

test("YAML anchors and merge keys are followed, and their problems stand where they are written", async () => {
  const text = `x-usual: &usual { command: [sleep, 9], restart: allways }
modules:
  a: { <<: *usual, task: true }
`;
  assert.equal(
    await says("anchors.yaml", text),
    `1:49 'restart' must be 'always', 'on-failure' or 'never', but is "allways"`,
  );
});

test("YAML that is broken, twice, or a bomb is one problem with its place", async () => {
  assert.match(await says("broken.yaml", "modules:\n  a: [1\n  b: 2\n"), /^3:\d+ /);
  assert.match(await says("tabs.yaml", "modules:\n\ta: 1\n"), /^2:1 .*[Tt]ab/);
  assert.match(
    await says("two.yaml", "modules: {}\n---\nmodules: {}\n"),
    /^\d:\d+ .*multiple documents/,
  );
  const levels = Array.from({ length: 30 }, (_, n) => `l${n}: &l${n} [${`*l${n - 1},`.repeat(9)}]`);
  const bomb = ["l0: &l0 [x]", ...levels.slice(1)].join("\n");
  assert.match(await says("bomb.yaml", bomb), /alias/);
  assert.match(
    await says("round.yaml", "modules: &m\n  a: { config: *m, command: [sleep] }\n"),
    /deeper than 64/,
  );
  assert.match(await says("empty.yaml", ""), /the system must be a group of keys, but is empty/);
});

test("JSON that cannot be read says where and why", () => {
  const first = (text: string): string => {
    const { line, column, message } = readJson(text).problems[0] ?? {};
    return `${line}:${column} ${message}`;
  };
  assert.equal(first('{\n "a": 1\n "b": 2 }'), "3:2 expected ',' or '}', but found '\"'");
  assert.equal(first("{ 'a': 1 }"), "1:3 expected a key in double quotes, but found '''");
  assert.equal(first("{ \"a\": 'x' }"), "1:8 text stands in double quotes in JSON");
  assert.equal(first('{ "a": tru }'), "1:8 expected a value, but found 'tru'");
  assert.equal(first('{ "a": "x'), "1:8 this text is never closed");
  assert.equal(first('{ "a": 01 }'), "1:8 expected a value, but found '01'");
  assert.equal(first('{ "a": [1, 2'), "1:13 expected ',' or ']', but the file ends");
  assert.equal(first(""), "1:1 expected a value, but the file ends");
  assert.equal(first("{} x"), "1:4 expected the end of the file, but found 'x'");
  assert.match(first("[".repeat(500)), /nested deeper than 200 levels/);
});

test("JSON is read as the platform reads it, whatever it holds", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const read = readJson(text);
      assert.deepEqual(read.problems, []);
      assert.deepEqual(read.value, JSON.parse(text));
    }),
  );
});

test("no text whatever makes a reader throw", () => {
  const words = fc.constantFrom(
    ..."{ } [ ] \" ' , : \n a modules: - & * ` / // /* export default defineSystem( 1".split(" "),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }), (parts) => {
      const text = parts.join(" ");
      readJson(text);
      readYaml(text);
      readCodePlaces(text);
    }),
    { numRuns: 300 },
  );
});

test("a program gives its system; what it prints stays out of the result, what it imports is a source", async () => {
  write("ids.ts", 'export const id: string = "from-import";\n');
  const file = write(
    "program.ts",
    `import { defineSystem } from "@skelly-jelly/orchestrator";
import { id } from "./ids.ts";
console.log('{"system":null}');
setInterval(() => {}, 1000);
export default async ({ profile }: { profile: string }) =>
  defineSystem({ modules: { [id]: { command: ["sleep", 1], env: { PROFILE: profile } } }, profiles: { dev: {} } });
`,
  );
  const { system, problems, sources } = await readSystem(file, { evaluate, profile: "dev" });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    system?.modules.map(({ id, env }) => [id, env["PROFILE"]]),
    [["from-import", "dev"]],
  );
  assert.deepEqual(sources, [file, join(directory, "ids.ts")]);
});

test("a program that fails is one problem at its line", async () => {
  assert.equal(
    await says(
      "throws.ts",
      'const a: number = 1;\nthrow new Error("boom" + a);\nexport default {};\n',
    ),
    "2:7 evaluating it failed: boom1",
  );
  assert.match(await says("syntax.ts", "export default {\n  modules: {\n};\n"), /^3:\d+ /);
  assert.match(
    await says("syntax.mjs", "export default {\n  modules: {\n};\n"),
    /^3:2 Unexpected token ';'/,
  );
  assert.match(
    await says("enum.ts", "enum A { b }\nexport default A;\n"),
    /^1:1 .*enum is not supported/,
  );
  assert.match(
    await says("import.ts", '// x\nimport a from "./none.ts";\nexport default a;\n'),
    /^2:15 .*Cannot find module/,
  );
  assert.match(await says("nothing.ts", "export const a = 1;\n"), /no default export/);
  assert.match(
    await says("null.mjs", "export default null;\n"),
    /must be a group of keys, but is empty/,
  );
});

test("a program that never ends, or ends itself, is a problem and not a wait", async () => {
  const endless = { evaluate: { ...evaluate, timeoutMs: 300 } };
  assert.match(
    await says("endless.mjs", "await new Promise((r) => setTimeout(r, 1e9));\n", endless),
    /took longer than 300 ms/,
  );
  assert.match(
    await says("exits.mjs", "process.exit(3);\n"),
    /ended with exit code 3 and gave no configuration/,
  );
});

test("files that are not there or of no known kind are problems too", async () => {
  const { problems } = await readSystem(join(directory, "none.yaml"));
  assert.match(problems[0]?.message ?? "", /cannot be read: ENOENT/);
  assert.match(await says("skelly.toml", ""), /'.toml' is no kind of configuration file/);
});
