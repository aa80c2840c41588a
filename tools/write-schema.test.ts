// write-schema.test.ts: what is made from the tables is up to date, and the schema says what the check says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { jsonSchema } from "@skelly-jelly/contract";
import { MADE_FROM_TABLES } from "./write-schema.ts";

for (const [path, text] of MADE_FROM_TABLES) {
  test(`${path} is what its tables say (else run tools/write-schema.ts)`, () => {
    assert.equal(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"), text);
  });
}

test("every key of the JSON Schema is described, and every group closed", () => {
  const bare: string[] = [];
  const look = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    const { properties, additionalProperties } = value as {
      readonly properties?: Record<string, { readonly description?: string }>;
      readonly additionalProperties?: unknown;
    };
    if (properties !== undefined) {
      if (additionalProperties !== false) bare.push(`${path} is open`);
      for (const [name, key] of Object.entries(properties)) {
        if (!key.description?.endsWith(".")) bare.push(`${path}.${name}`);
      }
    }
    for (const [name, inner] of Object.entries(value)) look(inner, `${path}/${name}`);
  };
  look(jsonSchema(), "");
  assert.deepEqual(bare, []);
});
