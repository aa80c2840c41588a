// page-server.test.ts: the page over real HTTP: who may come in, what is sent, and how a stream resumes.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ambient, analysed, aReward, speaking } from "./a-command.ts";
import type { Figurine } from "./figurine.ts";
import { startFigurine } from "./figurine.ts";
import { FIGURINE_DEFAULTS, figurineConfig } from "./figurine-config.ts";

type World = { readonly figurine: Figurine; readonly reactions: any[]; readonly logs: string[] };

async function withFigurine(
  body: (world: World, directory: string) => Promise<void>,
  options: { readonly directory?: string; readonly port?: number } = {},
): Promise<void> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "skelly-page-")));
  const reactions: any[] = [];
  const logs: string[] = [];
  const log = (text: string) => void logs.push(text);
  const figurine = await startFigurine({
    config: { ...FIGURINE_DEFAULTS, port: options.port ?? 0 },
    dataDirectory: directory,
    nowMs: Date.now,
    publish: (reaction) => void reactions.push(reaction),
    log: { info: log, warn: log },
  });
  try {
    await body({ figurine, reactions, logs }, directory);
  } finally {
    await figurine.stop();
    if (options.directory === undefined) await rm(directory, { recursive: true });
  }
}

/** With headers that fetch would not let us forge. */
function send(
  url: string,
  options: {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  },
): Promise<{ readonly status: number; readonly headers: Record<string, unknown> }> {
  return new Promise((done, failed) => {
    const request = ask(url, { method: options.method ?? "GET", headers: options.headers ?? {} });
    request.on("response", (response) => {
      response.resume();
      response.on("end", () =>
        done({ status: response.statusCode ?? 0, headers: response.headers }),
      );
    });
    request.on("error", failed);
    request.end(options.body);
  });
}

/** The next `count` events of a stream that carry data. */
async function eventsOf(url: string, count: number, lastEventId?: string) {
  const cut = new AbortController();
  const headers: Record<string, string> =
    lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await fetch(`${url}events`, { headers, signal: cut.signal });
  const events: { id: string; name: string; data: any }[] = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      if (field("data") === "" || field("event") === "beat") continue;
      events.push({ id: field("id"), name: field("event"), data: JSON.parse(field("data")) });
    }
    if (events.length >= count) break;
  }
  cut.abort();
  return events;
}

const json = { "content-type": "application/json" };

test("the page and its files come with a policy that lets nothing else in", async () => {
  await withFigurine(async ({ figurine, logs }) => {
    assert.match(logs.join("\n"), /figurine at http:\/\/127\.0\.0\.1:\d+\//);
    const page = await fetch(figurine.url);
    assert.equal(page.status, 200);
    const policy = page.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    const html = await page.text();
    assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//);
    assert.doesNotMatch(html, / on\w+=| style=/);
    for (const [, name] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      assert.equal((await fetch(figurine.url + name)).status, 200, name);
    }
    const tag = page.headers.get("etag") ?? "";
    assert.equal((await send(figurine.url, { headers: { "if-none-match": tag } })).status, 304);
    for (const path of ["nothing", "../main.ts", "%2e%2e/main.ts", "poses.d.ts", "page/app.js"]) {
      assert.equal((await fetch(figurine.url + path)).status, 404, path);
    }
  });
});

test("another host's name, another site's request and odd methods are refused", async () => {
  await withFigurine(async ({ figurine, reactions }) => {
    const at = (path: string) => figurine.url + path;
    const body = '{"reaction":"clicked"}';
    const post = (headers: Record<string, string>, text = body) =>
      send(at("reaction"), { method: "POST", headers, body: text });
    assert.equal((await send(at(""), { headers: { host: "evil.example" } })).status, 421);
    assert.equal((await post({ ...json, origin: "http://evil.example" })).status, 403);
    assert.equal((await post({ ...json, "sec-fetch-site": "cross-site" })).status, 403);
    assert.equal((await send(at("events"), { headers: { origin: "null" } })).status, 403);
    assert.equal((await post({ "content-type": "text/plain" })).status, 415);
    assert.equal((await post(json, "{")).status, 400);
    assert.equal((await post(json, '{"reaction":"loved"}')).status, 400);
    assert.equal((await post(json, `{"reaction":"${"x".repeat(5000)}"}`)).status, 413);
    assert.equal((await send(at("reaction"), {})).status, 405);
    assert.equal((await send(at(""), { method: "DELETE" })).status, 405);
    assert.deepEqual(reactions, []);
    assert.equal((await post({ ...json, origin: figurine.url.replace(/\/$/, "") })).status, 204);
    assert.equal(reactions.length, 1);
  });
});

test("a page gets a snapshot, then what changes; one that comes back gets only what it missed", async () => {
  await withFigurine(async ({ figurine }) => {
    figurine.take("analysis.state", analysed("flow"));
    const [snapshot] = await eventsOf(figurine.url, 1);
    assert.equal(snapshot?.name, "snapshot");
    assert.equal(snapshot?.data.state, "flow");
    figurine.take("figurine.command", ambient());
    figurine.take("gamification.reward", aReward());
    const missed = await eventsOf(figurine.url, 2, snapshot?.id);
    assert.deepEqual(
      missed.map(({ name }) => name),
      ["change", "change"],
    );
    assert.equal(missed[0]?.data.stance, "focused");
    assert.deepEqual(Object.keys(missed[1]?.data ?? {}).sort(), [
      "coins",
      "lastReward",
      "level",
      "streakDays",
    ]);
    const [stranger] = await eventsOf(figurine.url, 1, "earlier-life.12");
    assert.equal(stranger?.name, "snapshot");
    assert.equal(stranger?.data.coins, 1240);
  });
});

test("what fits no contract changes nothing and is counted", async () => {
  await withFigurine(async ({ figurine }) => {
    figurine.take("figurine.command", { ...ambient(), script: "<b>" });
    figurine.take("storage.batch", {});
    assert.equal(figurine.numbers().invalidMessages, 2);
    const [snapshot] = await eventsOf(figurine.url, 1);
    assert.equal(snapshot?.data.stance, "content");
  });
});

test("a taken port is not the end: another is used, and said", async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
  const { port } = other.address() as AddressInfo;
  await withFigurine(
    async ({ figurine, logs }) => {
      assert.notEqual(new URL(figurine.url).port, String(port));
      assert.match(logs.join("\n"), new RegExp(`port ${port} is taken`));
    },
    { port },
  );
  await new Promise((done) => other.close(done));
});

test("it wakes up as it fell asleep, and a broken file only makes it start afresh", async () => {
  await withFigurine(async ({ figurine }, directory) => {
    figurine.take("analysis.state", analysed("flow"));
    figurine.take("figurine.command", ambient());
    figurine.take("gamification.reward", aReward());
    figurine.take("figurine.command", speaking(1));
    await figurine.stop();
    await withFigurine(
      async ({ figurine: again }) => {
        const [snapshot] = await eventsOf(again.url, 1);
        assert.equal(snapshot?.data.state, "flow");
        assert.equal(snapshot?.data.stance, "focused");
        assert.equal(snapshot?.data.coins, 1240);
        assert.equal(snapshot?.data.message, null);
        await again.reset();
      },
      { directory },
    );
    const text = await readFile(join(directory, "figurine.json"), "utf8");
    assert.equal(JSON.parse(text).purse.coins, 0);
  });
});

test("settings are checked, and the unknown is named", () => {
  assert.deepEqual(figurineConfig({ port: 0 }), { port: 0, unseenMaxMs: 300_000 });
  assert.throws(() => figurineConfig({ port: 70_000, prot: 1 }), /'prot' is not.*'port' must be/);
});
