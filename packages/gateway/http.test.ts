// http.test.ts: who is let in, what is refused, and what is answered, over real sockets.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { gatewayRig } from "./testing/rig.ts";

test("without a token, or with a wrong one, nothing of the system is told", async (t) => {
  const { ask } = await gatewayRig(t);
  for (const token of [null, "wrong", ""]) {
    const { status, headers, text } = await ask("/v1/system", { token });
    assert.equal(status, 401);
    assert.equal(headers["content-type"], "application/problem+json");
    assert.match(String(headers["www-authenticate"]), /^Bearer/);
    assert.doesNotMatch(text, /database/);
  }
  assert.equal((await ask("/readyz", { token: null })).text, "ok\n");
  assert.equal((await ask("/readyz?verbose", { token: null })).status, 401);
  assert.equal((await ask("/metrics", { token: null })).status, 401);
});

test("a foreign Host or Origin is refused, whatever the token", async (t) => {
  const { ask, gateway } = await gatewayRig(t);
  const refused = [
    { host: "evil.example" },
    { host: `evil.example:${gateway.port}` },
    { host: "127.0.0.1:1" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
    { "sec-fetch-site": "cross-site" },
  ];
  for (const headers of refused as Record<string, string>[]) {
    for (const path of ["/v1/system", "/livez", "/", "/openapi.json"]) {
      assert.equal((await ask(path, { headers })).status, 403, JSON.stringify({ headers, path }));
    }
  }
  const own = { origin: `http://localhost:${gateway.port}` };
  assert.equal((await ask("/v1/system", { headers: own })).status, 200);
});

test("a token that may only look changes nothing", async (t) => {
  const { ask, control, gateway } = await gatewayRig(t);
  const { read, control: full } = gateway.tokens;
  assert.equal((await ask("/v1/system", { token: read })).status, 200);
  const refused = await ask("/v1/modules/api/restart", { method: "POST", token: read });
  assert.equal(refused.status, 403);
  assert.equal(refused.json().code, "READ_ONLY");
  assert.deepEqual(control.changes, []);
  const done = await ask("/v1/modules/api/restart", { method: "POST", token: full });
  assert.equal(done.status, 200);
  assert.deepEqual(control.changes, ["restart"]);
});

test("the Unix socket needs no token, and only its owner can open it", async (t) => {
  const { ask, socketPath, file } = await gatewayRig(t);
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await ask("/v1/modules/api/stop", { method: "POST", socket: true })).status, 200);
  const foreign = await ask("/v1/system", { socket: true, headers: { host: "evil.example" } });
  assert.equal(foreign.status, 403);
});

test("port and tokens are those of its last life", async (t) => {
  const { file, gateway } = await gatewayRig(t);
  const known = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(known.tokens, gateway.tokens);
  assert.equal(known.port, gateway.port);
  assert.notEqual(gateway.tokens.read, gateway.tokens.control);
});

test("what is asked wrongly is refused with what is wrong", async (t) => {
  const { ask, control } = await gatewayRig(t);
  const is = async (status: number, path: string, more: Parameters<typeof ask>[1] = {}) => {
    const answer = await ask(path, more);
    assert.equal(answer.status, status, `${more.method ?? "GET"} ${path}: ${answer.text}`);
    assert.equal(answer.headers["content-type"], "application/problem+json");
    assert.equal(answer.json().status, status);
    return answer;
  };
  await is(404, "/v1/nothing");
  await is(404, "/v1/modules/nobody");
  await is(404, "/../secret.html");
  await is(404, "/..%2fsecret.html");
  await is(400, "/v1/modules/..%2f..");
  await is(400, "/v1/events?limit=0");
  await is(400, "/v1/events?limit=1&limit=2");
  await is(400, "/v1/system?colour=red");
  assert.equal((await is(405, "/v1/system", { method: "DELETE" })).headers["allow"], "GET, HEAD");
  await is(405, "/v1/modules/api/stop");
  const json = { "content-type": "application/json" };
  const patch = (body: string, headers: Record<string, string> = json) =>
    ({ method: "PATCH", body, headers }) as const;
  await is(400, "/v1/modules/api/config", patch("{"));
  await is(415, "/v1/modules/api/config", patch("{}", { "content-type": "text/plain" }));
  await is(422, "/v1/modules/api/config", patch("[]"));
  await is(422, "/v1/modules/api/config", patch('{"password":"***"}'));
  await is(413, "/v1/modules/api/config", patch(JSON.stringify("x".repeat(300_000))));
  await is(412, "/v1/modules/api/config", patch("{}", { ...json, "if-match": '"7"' }));
  assert.deepEqual(control.changes, []);
  await is(409, "/v1/modules/api/recover", { method: "POST" });
});

test("secrets of a configuration are masked, and a change keeps them", async (t) => {
  const { ask, control } = await gatewayRig(t);
  const path = "/v1/modules/api/config";
  const shown = await ask(path);
  assert.deepEqual(shown.json().config, { size: 5, password: "***", key: "env:KEY" });
  assert.equal(shown.headers["etag"], '"1"');
  const change = { headers: { "content-type": "application/json" }, body: '{"size":7}' };
  const plan = await ask(`${path}?dryRun=1`, { method: "PATCH", ...change });
  assert.deepEqual(plan.json().changes, [{ path: "size", before: 5, after: 7 }]);
  assert.equal(plan.json().effect, "restart");
  assert.deepEqual(control.changes, []);
  const done = await ask(path, { method: "PATCH", ...change });
  assert.deepEqual(done.json(), { version: 2, outcome: "applied" });
  const kept = (await (await control.connect()).request("config-state")) as { config: object };
  assert.deepEqual(kept.config, { size: 7, password: "hunter2-hunter2", key: "env:KEY" });
});

test("the page comes with a policy that runs nothing but its own files", async (t) => {
  const { ask } = await gatewayRig(t);
  const { status, headers, text } = await ask("/", { token: null });
  assert.equal(status, 200);
  assert.match(text, /Skelly/);
  assert.match(String(headers["content-security-policy"]), /default-src 'none'.*script-src 'self'/);
  assert.equal((await ask("/", { method: "HEAD" })).text, "");
});

test("who sends slowly is cut, and nobody else waits for him", async (t) => {
  const { ask, gateway } = await gatewayRig(t, { limits: { headersMs: 150, requestMs: 300 } });
  const slow = ["GET / HTTP/1.1\r\nHost: 127", "POST /v1/modules/api/stop HTTP/1.1\r\n"].map(
    (start) =>
      new Promise<void>((done) => {
        const socket = connect(gateway.port, "127.0.0.1", () => socket.write(start));
        socket.on("error", () => {});
        socket.resume();
        socket.once("close", () => done());
      }),
  );
  assert.equal((await ask("/v1/system")).status, 200);
  await Promise.all(slow);
  assert.equal((await ask("/v1/system")).status, 200);
});

test("headers that are too long are refused", async (t) => {
  const { ask } = await gatewayRig(t);
  const { status } = await ask("/", { headers: { "x-long": "x".repeat(20_000) } });
  assert.equal(status, 431);
});

test("probes say how it is, in words for people and in the format that was asked for", async (t) => {
  const { ask, control } = await gatewayRig(t, {
    before: ({ set }) => set("api", { health: "degraded" }),
  });
  for (const path of ["/livez", "/readyz", "/startupz"]) {
    assert.equal((await ask(path)).text, "ok\n");
  }
  const verbose = await ask("/readyz?verbose");
  assert.match(verbose.text, /^\[\+\]database running, healthy\n\[-\]api running, degraded\nok/);
  const health = await ask("/readyz", { headers: { accept: "application/health+json" } });
  assert.equal(health.headers["content-type"], "application/health+json");
  assert.equal(health.json().checks["api:health"][0].status, "warn");
  control.hangUp({ stay: true });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await ask("/livez")).status, 503);
  const away = await ask("/v1/system");
  assert.equal(away.status, 503);
  assert.equal(away.headers["retry-after"], "1");
  assert.match((await ask("/metrics")).text, /^skelly_up 0$/m);
});
