// fuzz.test.ts: whatever a file holds, the answer is a configuration or a refusal with a sentence.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the formats' own variables
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CommandError } from "../exit-codes.ts";
import { tryImport } from "./import.harness.ts";
import { FORMATS, type Format } from "./imported.ts";

const NAMES: Readonly<Record<Format, string>> = {
  procfile: "Procfile",
  "process-compose": "process-compose.yaml",
  pm2: "ecosystem.json",
  compose: "compose.yaml",
  supervisord: "supervisord.conf",
};

/** Text that is nearly right reaches further than noise. */
// biome-ignore format: a list of words
const WORDS = fc.constantFrom(
  "services:", "processes:", "apps:", "[program:a]", "[include]", "[supervisord]", "command=", "command:", "a:", "\n", "\n  ",
  "\n    ", "\n      ", "{", "}", "[", "]", ",", ":", "- ", "&x", "*x", "<<", "'", '"', "\\", "$", "${", "%", "%(", ")s", "#", ";",
  "environment", "env", "depends_on", "healthcheck", "test", "readiness_probe", "exec", "http_get", "port", "restart", "always",
  "deploy", "resources", "limits", "ulimits", "env_file", "build", "instances", "script", "args", "availability", "shutdown",
  "replicas", "files=", "environment=", "=", "0", "-1", "1e99", "null", "true", "x", "__proto__", "constructor", "\u0000", "\u0007",
);

/** Values of every kind under the keys that are known. */
const VALUE: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      2.5,
      "",
      "x",
      "${A:-b}",
      "$$",
      "10s",
      "always",
      "x y",
      "[[",
      "env:X",
      "__proto__",
    ),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      // biome-ignore format: a list of words
      fc.constantFrom(
        "command", "entrypoint", "environment", "env", "env_file", "working_dir", "depends_on", "condition", "a", "b", "healthcheck",
        "test", "interval", "retries", "restart", "stop_signal", "stop_grace_period", "deploy", "resources", "limits", "cpus", "memory",
        "ulimits", "nofile", "profiles", "user", "scale", "image", "build", "context", "x-y", "readiness_probe", "liveness_probe", "exec",
        "http_get", "port", "availability", "max_restarts", "shutdown", "signal", "timeout_seconds", "replicas", "vars", "script", "args",
        "name", "instances", "exec_mode", "max_memory_restart", "min_uptime", "stop_exit_codes", "cwd", "env_production", "required",
      ),
      tie("value"),
      { maxKeys: 5 },
    ),
  ),
})).value;

function answers(format: Format, text: string): void {
  try {
    const { text: made } = tryImport({ [NAMES[format]]: text });
    assert.match(made, /^modules:/m);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    assert.equal(error.exitCode, 78);
    assert.ok(error.message.length > 5);
  }
}

test("no text whatever makes an importer fail in another way than by saying what is wrong", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FORMATS),
      fc.array(fc.oneof(WORDS, fc.string()), { maxLength: 40 }),
      (format, parts) => {
        answers(format, parts.join(""));
      },
    ),
    { numRuns: 200 },
  );
});

test("nor does any value under the keys that are known", () => {
  const outer: Partial<Record<Format, string>> = {
    compose: "services",
    "process-compose": "processes",
    pm2: "apps",
  };
  fc.assert(
    fc.property(
      fc.constantFrom<Format>("compose", "process-compose", "pm2"),
      VALUE,
      VALUE,
      (format, one, other) => {
        const plain = { command: "sleep 9", script: "x" };
        const whole = (value: unknown) =>
          typeof value === "object" && !Array.isArray(value) ? { ...plain, ...value } : value;
        const inside =
          format === "pm2" ? [whole(one), whole(other)] : { a: whole(one), b: whole(other) };
        answers(format, JSON.stringify({ [outer[format] as string]: inside }));
      },
    ),
    { numRuns: 250 },
  );
});
