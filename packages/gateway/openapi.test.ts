// openapi.test.ts: the document says what is served, and every answer is as it says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { API_ROUTES } from "./gateway.ts";
import { type Schema, violations } from "./schema.ts";
import { SHAPES } from "./schemas.ts";
import { gatewayRig } from "./testing/rig.ts";

test("the document names every route once, with its parameters and answers", async (t) => {
  const { ask } = await gatewayRig(t);
  const document = (await ask("/openapi.json", { token: null })).json();
  assert.equal(document.openapi, "3.1.0");
  const ids = Object.values(
    document.paths as Record<string, Record<string, { operationId: string }>>,
  )
    .flatMap((path) => Object.values(path))
    .map(({ operationId }) => operationId);
  assert.equal(new Set(ids).size, API_ROUTES.length);
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
  for (const [, name] of references) assert.ok(document.components.schemas[name ?? ""], name);
  for (const path of Object.keys(document.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    for (const operation of Object.values(document.paths[path]) as any[]) {
      const told = (operation.parameters ?? []).filter((each: any) => each.in === "path");
      assert.deepEqual(
        told.map((each: any) => each.name),
        named,
      );
    }
  }
});

test("what is answered is as the document says", async (t) => {
  const { ask, control, write } = await gatewayRig(t);
  control.publish({ type: "note", module: null, message: "hello" });
  write("api", "a line");
  for (const route of API_ROUTES) {
    const { answers, method } = route;
    if (method !== "GET" || answers.type !== "application/json") continue;
    const { status, json } = await ask(route.path.replace("{id}", "api"));
    assert.equal(status, 200, route.path);
    assert.deepEqual(violations(json(), resolved(answers.schema ?? {})), [], route.path);
  }
});

/** References replaced by what they name. */
function resolved(schema: Schema): Schema {
  const text = JSON.stringify(schema, (_key, value) =>
    typeof value?.$ref === "string" ? SHAPES[value.$ref.split("/").at(-1)] : value,
  );
  return text.includes('"$ref"') ? resolved(JSON.parse(text)) : JSON.parse(text);
}
