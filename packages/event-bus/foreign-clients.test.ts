// foreign-clients.test.ts: programs of others on our hub: plain sockets in Python, the official client.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { connect, headers, type Msg } from "@nats-io/transport-node";
import type { Json } from "@skelly-jelly/contract";
import { connectBus } from "./connect-bus.ts";
import { openHub } from "./testing/raw-client.ts";

const python = spawnSync("python3", ["--version"]).status === 0;

test("a Python program with plain sockets joins, listens, answers, asks, and is refused the rest", {
  skip: python ? false : "there is no python3 on this machine",
}, async () => {
  const rules = { allow: ["plain.>"], deny: [] };
  const permissions = { publish: rules, subscribe: rules };
  const hub = await openHub({ users: [{ user: "py", password: "th on", permissions }] });
  const heard: Json[] = [];
  hub.bus.subscribe("plain.*", ({ data }) => void heard.push(data));
  hub.bus.subscribe("plain.ask", (message) => message.respond(Number(message.data) + 1));
  const ready = new Promise<void>((resolve) => {
    hub.bus.subscribe("plain.ready", () => resolve(), { max: 1 });
  });
  const program = fileURLToPath(new URL("./testing/plain_client.py", import.meta.url));
  const child = spawn("python3", [program, "127.0.0.1", `${hub.address.port}`, "py", "th on"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const exited = once(child, "exit");
  await Promise.race([ready, exited]);
  assert.equal((await hub.bus.request<number>("plain.double", 21)).data, 42, complaint);
  assert.deepEqual(await exited, [0, null], complaint);
  assert.deepEqual(heard, ["ready", 21, 20, "done"]);
  await hub.close();
});

test("the official client: publish, subscribe, request, queue groups, headers, drain", async () => {
  const hub = await openHub({ users: [{ user: "u", password: "p" }] });
  const servers = `127.0.0.1:${hub.address.port}`;
  const theirs = await connect({ servers, user: "u", pass: "p", name: "official" });
  const ours = await connectBus({ url: `nats://u:p@${servers}` });

  ours.subscribe("ours.double", (message) => {
    message.respond({ value: Number(message.data) * 2, trace: message.headers["Trace"] ?? null });
  });
  const answered = (message: Msg): void => {
    const block = headers();
    block.set("Trace", message.headers?.get("Trace") ?? "none");
    message.respond(JSON.stringify({ got: message.json() }), { headers: block });
  };
  theirs.subscribe("theirs.echo", { callback: (_error, message) => answered(message) });
  const turns: number[] = [0, 0];
  for (const index of [0, 1]) {
    theirs.subscribe("work", {
      queue: "team",
      callback: () => {
        turns[index] = (turns[index] ?? 0) + 1;
      },
    });
  }
  await Promise.all([ours.flush(), theirs.flush()]);

  const trace = headers();
  trace.set("Trace", "t7");
  const answer = await theirs.request("ours.double", "21", { timeout: 2000, headers: trace });
  assert.deepEqual(answer.json(), { value: 42, trace: "t7" });
  const echo = await ours.request("theirs.echo", { a: 1 }, { headers: { Trace: "t8" } });
  assert.deepEqual([echo.data, echo.headers["Trace"]], [{ got: { a: 1 } }, "t8"]);
  await assert.rejects(theirs.request("nobody", "", { timeout: 2000 }), /no responders/i);

  for (let n = 0; n < 10; n += 1) ours.publish("work", n);
  await ours.flush();
  await theirs.flush();
  assert.deepEqual(turns, [5, 5]);

  const got: number[] = [];
  const limited = theirs.subscribe("limited", { max: 2 });
  const reading = (async () => {
    for await (const message of limited) got.push(Number(message.json()));
  })();
  await theirs.flush();
  for (let n = 1; n <= 4; n += 1) ours.publish("limited", n);
  await reading;
  assert.deepEqual(got, [1, 2]);

  await theirs.drain();
  await ours.close();
  assert.equal(hub.stats().subscriptions, 0);
  await hub.close();
});

test("the official client understands our refusals: permissions, credentials, JetStream", async () => {
  const rules = { allow: ["mine.>"], deny: [] };
  const permissions = { publish: rules, subscribe: rules };
  const hub = await openHub({ users: [{ user: "u", password: "p", permissions }] });
  const servers = `127.0.0.1:${hub.address.port}`;
  await assert.rejects(connect({ servers, user: "u", pass: "x", reconnect: false }), {
    name: "AuthorizationError",
  });
  const theirs = await connect({ servers, user: "u", pass: "p" });
  const errors: string[] = [];
  void (async () => {
    for await (const status of theirs.status()) {
      if (status.type === "error") errors.push(`${status.error.name}: ${status.error.message}`);
    }
  })();
  const refused = new Promise<string>((resolve) => {
    theirs.subscribe("yours", { callback: (error) => resolve(error?.name ?? "no error") });
  });
  assert.equal(await refused, "PermissionViolationError");
  theirs.publish("yours", "x");
  await theirs.flush();
  await theirs.flush();
  assert.ok(
    errors.some((each) => /Publish to "yours"/i.test(each)),
    errors.join("\n"),
  );
  const jetstream = await theirs.request("$JS.API.INFO", "", { timeout: 2000 });
  assert.match(jetstream.string(), /JetStream is not served by this hub/);
  await theirs.close();
  await hub.close();
});
