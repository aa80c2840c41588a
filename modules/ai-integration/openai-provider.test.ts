// openai-provider.test.ts: a real server on loopback that streams, stalls, lies and redirects.
import assert from "node:assert/strict";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Endpoint } from "./ai-config.ts";
import { aiConfig } from "./ai-config.ts";
import { anIntervention } from "./an-intervention.ts";
import { openAiProvider, promptFor } from "./openai-provider.ts";

async function withServer(
  listener: RequestListener,
  body: (endpoint: Endpoint) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  try {
    await body({
      baseUrl: `http://127.0.0.1:${port}/v1`,
      model: "tiny",
      apiKey: "env:WORDS_KEY",
      consent: false,
      timeoutMs: 2000,
      tokensMax: 50,
      temperature: 0.5,
      requestsPerDayMax: 10,
      tokensPerDayMax: 1000,
    });
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

const ask = (endpoint: Endpoint, environment: Record<string, string> = { WORDS_KEY: "s3cret" }) =>
  openAiProvider(endpoint, { fetch, environment }).ask(
    anIntervention(),
    new AbortController().signal,
  );

async function bodyOf(request: IncomingMessage): Promise<any> {
  let text = "";
  for await (const part of request) text += part;
  return JSON.parse(text);
}

test("a streamed answer is put together; the key travels in the header, facts in the body", async () => {
  let seen: any = null;
  let key: string | undefined;
  await withServer(
    async (request, response) => {
      key = request.headers.authorization;
      seen = await bodyOf(request);
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const content of ["Which ", "window ", "was it?"]) {
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
      }
      response.end("data: [DONE]\n\n");
    },
    async (endpoint) => {
      const answer = await ask(endpoint);
      assert.ok(answer.ok);
      assert.equal(answer.words.text, "Which window was it?");
      assert.ok(answer.words.tokens > 0);
    },
  );
  assert.equal(key, "Bearer s3cret");
  assert.equal(seen.stream, true);
  assert.equal(seen.max_tokens, 50);
  assert.doesNotMatch(JSON.stringify(seen), /s3cret|correlation|c-1/);
});

test("a server that does not stream is understood too", async () => {
  await withServer(
    (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ choices: [{ message: { content: "One tab?" } }] }));
    },
    async (endpoint) => {
      const answer = await ask(endpoint);
      assert.ok(answer.ok);
      assert.equal(answer.words.text, "One tab?");
    },
  );
});

const FAILURES: readonly (readonly [string, RequestListener, RegExp])[] = [
  ["an error status", (_q, r) => void r.writeHead(500).end("internal s3cret"), /answered 500/],
  [
    "a redirect elsewhere",
    (_q, r) => void r.writeHead(307, { location: "http://127.0.0.1:9/" }).end(),
    /not reachable|fetch failed|redirect/,
  ],
  [
    "no JSON",
    (_q, r) => void r.writeHead(200, { "content-type": "application/json" }).end("<html>"),
    /not in the expected form/,
  ],
  [
    "an empty answer",
    (_q, r) => void r.writeHead(200, { "content-type": "application/json" }).end("{}"),
    /no text/,
  ],
  [
    "an endless answer",
    (_q, r) => {
      r.writeHead(200, { "content-type": "text/event-stream" });
      r.end(`data: ${"x".repeat(200_000)}`);
    },
    /longer than/,
  ],
];
for (const [name, listener, reason] of FAILURES) {
  test(`${name} is a reason, not a crash, and holds no secret`, async () => {
    await withServer(listener, async (endpoint) => {
      const answer = await ask(endpoint);
      assert.ok(!answer.ok);
      assert.match(answer.reason, reason);
      assert.doesNotMatch(answer.reason, /s3cret/);
    });
  });
}

test("a server that stalls is left when the time is up", async () => {
  await withServer(
    (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: \n\n");
    },
    async (endpoint) => {
      const answer = await ask({ ...endpoint, timeoutMs: 100 });
      assert.deepEqual(answer, { ok: false, reason: "the server did not answer within 100 ms" });
    },
  );
});

test("a missing key is named by its variable", async () => {
  await withServer(
    (_request, response) => void response.end(),
    async (endpoint) => {
      const answer = await ask(endpoint, {});
      assert.deepEqual(answer, { ok: false, reason: "the variable WORDS_KEY is not set" });
    },
  );
});

test("what is sent holds states and lengths, and nothing that names the user", () => {
  const text = JSON.stringify(promptFor(anIntervention({ reasons: ["anna@example.org"] })));
  assert.match(text, /distracted/);
  assert.match(text, /4 minutes/);
  assert.doesNotMatch(text, /anna|s-1|c-1|i-1/);
});

test("a server elsewhere needs the user's consent, in the configuration and again when asked", async () => {
  const endpoint = { baseUrl: "https://words.example/v1", model: "big" };
  assert.throws(() => aiConfig({ provider: "openai-compatible", endpoint }), /consent/);
  assert.equal(
    aiConfig({ provider: "openai-compatible", endpoint: { ...endpoint, consent: true } }).endpoint
      ?.consent,
    true,
  );
  const local = { baseUrl: "http://localhost:11434/v1", model: "small" };
  assert.equal(
    aiConfig({ provider: "openai-compatible", endpoint: local }).endpoint?.consent,
    false,
  );
  const lone = aiConfig({ endpoint });
  assert.ok(lone.endpoint !== null);
  const provider = openAiProvider(lone.endpoint, {
    fetch: () => assert.fail("nothing may be sent"),
    environment: {},
  });
  const answer = await provider.ask(anIntervention(), new AbortController().signal);
  assert.match(answer.ok ? "" : answer.reason, /no consent/);
});

test("wrong settings are named, all at once", () => {
  assert.throws(
    () => aiConfig({ provider: "oracle", charctersMax: 3, endpoint: { baseUrl: "ftp://x" } }),
    /'provider' must be one of.*'charctersMax' is not a setting.*'endpoint.baseUrl' must be/,
  );
});
