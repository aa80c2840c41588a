// defaults.test.ts: the defaults that the reference and the JSON Schema show are those that hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs, sizeBytes } from "../units.ts";
import { MODULE_KEYS } from "./module-keys.ts";
import { LOGS_KEYS, STOP_KEYS } from "./module-part-keys.ts";
import { resolveModule } from "./resolve-module.ts";
import { settingsOf } from "./resolve-system.ts";
import type { Key } from "./shape.ts";
import { ORCHESTRATOR_KEYS } from "./system-keys.ts";

const shownDefaults = (
  keys: Readonly<Record<string, Key>>,
): readonly (readonly [string, unknown])[] =>
  Object.entries(keys)
    .filter(([, key]) => key.default !== undefined && key.defaultIsProse !== true)
    .map(([name, key]) => {
      const written = key.default as string;
      if (key.shape.kind === "duration") return [`${name}Ms`, durationMs(written)];
      return key.shape.kind === "size" ? [`${name}Bytes`, sizeBytes(written)] : [name, written];
    });

const module = resolveModule(
  "it",
  { command: ["sleep"] },
  {
    directory: "/",
    settings: settingsOf(),
    isTask: () => false,
    fileEnv: {},
  },
);
const groups = [
  ["orchestrator", ORCHESTRATOR_KEYS, settingsOf()],
  ["stop", STOP_KEYS, module.stop],
  ["logs", LOGS_KEYS, module.logs],
  ["module", MODULE_KEYS, { ...module, run: module.runner, profiles: [] }],
] as const;

/** Groups of their own above, or written otherwise in the descriptor. */
const ELSEWHERE: ReadonlySet<string> = new Set(["stop", "logs"]);

for (const [name, keys, actual] of groups) {
  test(`the defaults shown for ${name} are those of its descriptor`, () => {
    for (const [key, value] of shownDefaults(keys)) {
      if (ELSEWHERE.has(key)) continue;
      assert.deepEqual((actual as Readonly<Record<string, unknown>>)[key], value, key);
    }
  });
}
