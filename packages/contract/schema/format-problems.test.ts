// format-problems.test.ts: what people see of a problem.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblems } from "./format-problems.ts";
import { nearest } from "./nearest.ts";
import { problem } from "./problem.ts";

const mistyped = {
  ...problem({
    code: "unknown-key",
    path: ["modules", "a", "comand"],
    message: "unknown key 'comand'",
    suggestion: "did you mean 'command'?",
  }),
  file: "/home/me/skelly.config.yaml",
  line: 2,
  column: 3,
};

test("a problem is its place, what is wrong, what to write, and the line with a caret", () => {
  const text = formatProblems([mistyped], { cwd: "/home/me", sourceText: "a:\n\t comand: x\n" });
  assert.equal(
    text,
    [
      "skelly.config.yaml:2:3  error  unknown key 'comand'; did you mean 'command'?",
      "    2 | \t comand: x",
      "      | \t ^",
      "1 error",
      "",
    ].join("\n"),
  );
});

test("without a line the place is the path; errors and warnings are counted apart", () => {
  const warning = { ...mistyped, severity: "warning", line: null, column: null } as const;
  assert.equal(
    formatProblems([mistyped, warning, mistyped]).split("\n").at(-2),
    "2 errors, 1 warning",
  );
  assert.match(
    formatProblems([warning]),
    /^\/home\/me\/skelly.config.yaml: modules.a.comand {2}warning/,
  );
  assert.equal(formatProblems([]), "");
});

test("the nearest word is near: swaps, case and dashes count little, other words not at all", () => {
  const words = ["command", "dependsOn", "env", "stop", "run"];
  assert.equal(nearest("comamnd", words), "command");
  assert.equal(nearest("depends_on", words), "dependsOn");
  assert.equal(nearest("ENV", words), "env");
  assert.equal(nearest("stpo", words), "stop");
  assert.equal(nearest("frequency", words), null);
  assert.equal(nearest("a", ["b"]), null);
});
