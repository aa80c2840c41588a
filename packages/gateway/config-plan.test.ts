// config-plan.test.ts: merge patches, plans and masks.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SystemDescription, SystemStatusReport } from "@skelly-jelly/contract";
import { changePlan, mergePatch } from "./config-plan.ts";
import { containsMask, redactConfig } from "./redact.ts";

test("a merge patch changes, removes and keeps, as RFC 7396 says", () => {
  assert.deepEqual(mergePatch({ a: 1, b: { c: 2, d: 3 } }, { a: 5, b: { c: null } }), {
    a: 5,
    b: { d: 3 },
  });
  assert.deepEqual(mergePatch({ a: [1] }, { a: [2, 3] }), { a: [2, 3] });
  assert.deepEqual(mergePatch(undefined, { a: { b: null } }), { a: {} });
  const evil = JSON.parse('{"__proto__":{"x":1}}');
  mergePatch({}, evil);
  assert.equal(({} as Record<string, unknown>)["x"], undefined);
});

test("secrets written out are masked, references stay, and a mask is known again", () => {
  const shown = redactConfig({
    apiKey: "abc",
    token: { value: "abc" },
    url: "postgres://me:abc@host/db",
    key: "env:KEY",
    password: "file:/run/secret",
    size: 5,
  });
  assert.deepEqual(shown, {
    apiKey: "***",
    token: { value: "***" },
    url: "postgres://me:***@host/db",
    key: "env:KEY",
    password: "file:/run/secret",
    size: 5,
  });
  assert.equal(containsMask(shown), true);
  assert.equal(containsMask({ stars: "****" }), false);
});

test("a plan says what would change, how, and who would follow; secrets stay masked", () => {
  const system = {
    modules: [
      { id: "db", run: { kind: "command" }, dependsOn: [] },
      { id: "api", run: { kind: "entry" }, dependsOn: [{ on: "db", whenDown: "restart" }] },
      { id: "log", run: { kind: "entry" }, dependsOn: [{ on: "db", whenDown: "ignore" }] },
    ],
  } as unknown as SystemDescription;
  const status = (state: string, pid: number | null) =>
    ({ modules: [{ id: "db", state, pid }] }) as unknown as SystemStatusReport;
  const change = { version: 3, config: { size: 1, token: "a" }, next: { size: 2, token: "b" } };
  const plan = changePlan("db", change, system, status("running", 5));
  assert.equal(plan.effect, "restart");
  assert.deepEqual(plan.changes, [{ path: "size", before: 1, after: 2 }]);
  assert.deepEqual(plan.follows, [{ module: "api", how: "restart" }]);
  assert.equal(changePlan("db", change, system, status("stopped", null)).effect, "store");
  const same = { ...change, next: change.config };
  assert.equal(changePlan("db", same, system, status("running", 5)).effect, "none");
});
