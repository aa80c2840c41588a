// secrets.test.ts: references stay references until a module starts, and what they name is never shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDotenv } from "./dotenv.ts";
import { maskSecrets, referenceIn, resolveSecrets, type SecretSources } from "./secrets.ts";

const FILES: Readonly<Record<string, string>> = {
  "/key": "from-file\n",
  "/.env": "LOG_LEVEL=info\nAPI_TOKEN='t0ken#1'\n",
};
const sources: SecretSources = {
  env: { KEY: "from-env" },
  readFile: (path) => {
    const text = FILES[path];
    if (text === undefined) throw new Error("no such file");
    return text;
  },
};

test("references are replaced deep inside, other values are left alone", () => {
  const { values, secrets, problems } = resolveSecrets(
    {
      a: "env:KEY",
      b: [{ c: "file:/key" }, 5, null],
      d: "file:///tmp/x",
      e: "plain",
      f: "literal:env:KEY",
    },
    sources,
  );
  assert.deepEqual(values, {
    a: "from-env",
    b: [{ c: "from-file" }, 5, null],
    d: "file:///tmp/x",
    e: "plain",
    f: "env:KEY",
  });
  assert.deepEqual(secrets, ["from-env", "from-file"]);
  assert.deepEqual(problems, []);
});

test("an envFile's keys that look like secrets are masked, its settings are not", () => {
  const { values, secrets } = resolveSecrets(
    { LOG_LEVEL: "envfile:/.env#LOG_LEVEL", API_TOKEN: "envfile:/.env#API_TOKEN" },
    sources,
  );
  assert.deepEqual(values, { LOG_LEVEL: "info", API_TOKEN: "t0ken#1" });
  assert.deepEqual(secrets, ["t0ken#1"]);
});

test("a reference that leads nowhere is a problem that names it, not an empty value", () => {
  const { values, problems } = resolveSecrets({ a: "env:NONE", b: ["file:/none"] }, sources);
  assert.deepEqual(values, { a: "env:NONE", b: ["file:/none"] });
  assert.deepEqual(
    problems.map(({ path, message }) => `${path}: ${message}`),
    [
      "a: the environment variable 'NONE' is not set",
      "b[0]: the file '/none' cannot be read (no such file)",
    ],
  );
});

test("masking replaces the longest first and leaves short words", () => {
  assert.equal(maskSecrets("abcd abcdef xy", ["abcd", "abcdef", "xy"]), "*** *** xy");
});

test("only what can be a reference is one", () => {
  assert.equal(referenceIn("env:NOT A NAME"), null);
  assert.equal(referenceIn("environment"), null);
  assert.equal(referenceIn("file:"), null);
  assert.deepEqual(referenceIn("file:./k"), { kind: "file", path: "./k" });
});

// What is written, and the entries that it means.
const DOTENV: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["A=1\nexport B = two words # a comment\n", { A: "1", B: "two words" }],
  ["# nothing\n\nA=\nB=#x\nC=a#b\r\n", { A: "", B: "", C: "a#b" }],
  ['A=\'$x \\n\' # c\nB="x\\ny \\"q\\""', { A: "$x \\n", B: 'x\ny "q"' }],
  ['A="one\ntwo"\nB=3\nA=4', { A: "4", B: "3" }],
  ["\uFEFFA=`b`", { A: "b" }],
];
for (const [written, entries] of DOTENV) {
  test(`the envFile ${JSON.stringify(written)} is read`, () => {
    const { entries: found, problems } = parseDotenv(written);
    assert.deepEqual(Object.fromEntries(found), entries);
    assert.deepEqual(problems, []);
  });
}

test("lines of an envFile that say nothing are named by their number", () => {
  assert.deepEqual(parseDotenv('A=1\nwhat\nB="open').problems, [
    { line: 2, message: "is no KEY=VALUE line" },
    { line: 3, message: 'has a " that is never closed' },
  ]);
});
