// config-path.test.ts: one value inside a configuration is read and changed by its path.
import assert from "node:assert/strict";
import { test } from "node:test";
import { getAtPath, parsePath, setAtPath } from "./config-path.ts";
import { pathText } from "./problem.ts";

const config = { a: { b: [1, { c: 2 }], "odd.key": 3 }, z: 0 };

test("a value is found by its path", () => {
  assert.equal(getAtPath(config, "a.b[1].c"), 2);
  assert.equal(getAtPath(config, 'a["odd.key"]'), 3);
  assert.equal(getAtPath(config, "a.none.deeper"), undefined);
  assert.equal(getAtPath(config, "a.__proto__"), undefined);
  assert.equal(getAtPath(config, "a..b"), undefined);
});

test("a path and its text are two forms of one thing", () => {
  for (const path of [["a", "b", 0], ["modules", "my.api", "dependsOn", 3], ['q"\\'], ["x-y"]]) {
    assert.deepEqual(parsePath(pathText(path)), path);
  }
});

// Path, value (undefined removes), and what comes out.
const SETS: readonly (readonly [string, Parameters<typeof setAtPath>[2], unknown])[] = [
  ["z", 9, { ...config, z: 9 }],
  ["a.b[0]", 7, { a: { b: [7, { c: 2 }], "odd.key": 3 }, z: 0 }],
  ["a.b[2]", "new", { a: { b: [1, { c: 2 }, "new"], "odd.key": 3 }, z: 0 }],
  ["n.e.w[0]", true, { ...config, n: { e: { w: [true] } } }],
  ["a.b[0]", undefined, { a: { b: [{ c: 2 }], "odd.key": 3 }, z: 0 }],
  ["a", undefined, { z: 0 }],
];
for (const [path, value, after] of SETS) {
  test(`${path} is set to ${JSON.stringify(value)} in a copy`, () => {
    const before = structuredClone(config);
    assert.deepEqual(setAtPath(config, path, value), { ok: true, config: after });
    assert.deepEqual(config, before);
  });
}

test("what cannot be set says why", () => {
  const message = (path: string) => {
    const result = setAtPath(config, path, 1);
    return result.ok ? "ok" : result.message;
  };
  assert.equal(message("a.b[5]"), "'a.b' has 2 items; [2] would be the next");
  assert.equal(message("z.deeper"), "'z' is no group of keys");
  assert.equal(message("a[0]"), "'a' is no list");
  assert.match(message("a..b"), /is no path/);
  assert.match(message("[0]"), /is no path/);
});
