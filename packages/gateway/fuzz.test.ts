// fuzz.test.ts: requests of any kind: never a 5xx of our own making, and a GET never changes anything.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { API_ROUTES } from "./gateway.ts";
import { gatewayRig } from "./testing/rig.ts";

const METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];
const TYPES = ["application/json", "application/merge-patch+json", "text/plain", "nonsense"];

const anyText = fc
  .string({ unit: "binary", maxLength: 40 })
  .map((text) => encodeURIComponent(text.toWellFormed()));
const id = fc.oneof(
  fc.constantFrom("api", "database", "nobody", "api%231", "..", "%2e%2e%2f"),
  anyText,
);
const path = fc.oneof(
  fc
    .tuple(fc.constantFrom(...API_ROUTES.map((route) => route.path)), id)
    .map(([route, name]) => route.replace("{id}", name)),
  fc.array(anyText, { maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
);
const known = API_ROUTES.flatMap((route) => Object.keys(route.query ?? {}));
const query = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom(...known), anyText),
      fc.oneof(anyText, fc.constantFrom("1", "0", "true", "-1", "1e9", "99999999999999999999")),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&"));
const body = fc.oneof(fc.json(), fc.string({ maxLength: 200 }), fc.constant(""));
const headers = fc.record(
  {
    "content-type": fc.constantFrom(...TYPES),
    accept: fc.constantFrom("*/*", "application/health+json", "text/html"),
    "if-match": fc.constantFrom('"1"', '"2"', "*", "W/x"),
    "last-event-id": fc.constantFrom("1", "-1", "x"),
  },
  { requiredKeys: [] },
);

test("no request, valid or broken, makes a 5xx; GET and HEAD change nothing", async (t) => {
  const { ask, control, logged } = await gatewayRig(t);
  const request = fc.record({ method: fc.constantFrom(...METHODS), path, query, body, headers });
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, query, body, headers }) => {
      // A stream does not end by itself; streams have tests of their own.
      if (/follow/.test(query)) return;
      const before = control.changes.length;
      const sends = method === "POST" || method === "PATCH" || method === "PUT";
      const answer = await ask(`${path}${query === "" ? "" : `?${query}`}`, {
        method,
        headers: headers as Record<string, string>,
        ...(sends && { body }),
      });
      assert.ok(answer.status < 500, `${answer.status}: ${answer.text}`);
      if (method === "GET" || method === "HEAD") assert.equal(control.changes.length, before);
      if (answer.status >= 400 && method !== "HEAD") {
        assert.equal(answer.json().status, answer.status);
      }
    }),
    { numRuns: 600 },
  );
  assert.deepEqual(logged, []);
});

test("bytes that are no HTTP end that connection and nothing else", async (t) => {
  const { ask, gateway } = await gatewayRig(t);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      await new Promise<void>((done) => {
        const socket = connect(gateway.port, "127.0.0.1", () => socket.end(bytes));
        socket.on("error", () => {});
        socket.resume();
        socket.once("close", () => done());
      });
    }),
    { numRuns: 100 },
  );
  assert.equal((await ask("/livez")).status, 200);
});
