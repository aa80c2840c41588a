// check-graph.test.ts: loops are named exactly, and only loops.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkGraph } from "./check-graph.ts";
import type { Finding } from "./problem.ts";
import type { ModuleConfig } from "./system-config.ts";

/** `{ a: "b c" }`: a depends on b and c. */
function findings(edges: Readonly<Record<string, string>>): readonly Finding[] {
  const modules = Object.entries(edges).map(([id, on]): [string, ModuleConfig] => [
    id,
    { command: ["x"], dependsOn: on.split(" ").filter((each) => each !== "") },
  ]);
  const found: Finding[] = [];
  checkGraph(new Map(modules), new Map(), (finding) => found.push(finding));
  return found;
}
const loopsOf = (edges: Readonly<Record<string, string>>): readonly string[] =>
  findings(edges)
    .filter(({ code }) => code === "dependency-cycle")
    .map(({ message }) => message.replace("dependency cycle: ", ""));

test("a diamond is no cycle", () => {
  assert.deepEqual(loopsOf({ a: "b c", b: "d", c: "d", d: "" }), []);
});

test("a cycle is named as the loop and nothing that only leads to it", () => {
  assert.deepEqual(loopsOf({ lead: "a", a: "b", b: "c", c: "a tail", tail: "" }), [
    "a → b → c → a",
  ]);
});

test("a long way round does not hide the short loop inside it", () => {
  assert.deepEqual(loopsOf({ a: "b", b: "c a", c: "d", d: "a" }), ["a → b → a"]);
});

test("two cycles are two problems, each placed at its own edge", () => {
  const found = findings({ a: "b", b: "a", c: "x d", d: "c", x: "" });
  assert.deepEqual(
    found.map(({ path, message }) => `${path.join(".")} ${message}`),
    [
      "modules.a.dependsOn.0 dependency cycle: a → b → a",
      "modules.c.dependsOn.1 dependency cycle: c → d → c",
    ],
  );
});

test("a chain of 20,000 modules is checked without running out of stack", () => {
  const chain = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, n) => [`m${n}`, n === 0 ? "" : `m${n - 1}`]),
  );
  assert.deepEqual(loopsOf(chain), []);
});

test("a graph has a reported cycle exactly when its modules cannot be put in order", () => {
  const ids = ["a", "b", "c", "d", "e"];
  const graph = fc.tuple(...ids.map(() => fc.subarray(ids)));
  fc.assert(
    fc.property(graph, (targets) => {
      const edges = Object.fromEntries(
        ids.map((id, n) => [id, (targets[n] ?? []).filter((on) => on !== id).join(" ")]),
      );
      const placed = new Set<string>();
      for (let round = 0; round < ids.length; round += 1) {
        for (const id of ids) {
          const needed = (edges[id] ?? "").split(" ").filter((each) => each !== "");
          if (needed.every((on) => placed.has(on))) placed.add(id);
        }
      }
      assert.equal(loopsOf(edges).length === 0, placed.size === ids.length);
    }),
  );
});
