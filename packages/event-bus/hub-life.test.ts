// hub-life.test.ts: who may join the hub, who is cut, and how it ends.
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import type { HubUser } from "./hub-options.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { openHub, QUIET, rawClient, temporaryPath } from "./testing/raw-client.ts";

const NOTHING = { allow: [], deny: [] };
const ADA: HubUser = {
  user: "ada",
  password: "s3cret",
  permissions: {
    publish: { allow: ["ada.>", "shared"], deny: ["ada.secret"] },
    subscribe: { allow: ["ada.>", "all.>"], deny: ["all.private.>"] },
  },
};
const MUTE: HubUser = {
  user: "mute",
  password: "m",
  permissions: { publish: NOTHING, subscribe: { allow: ["ask"], deny: [] } },
};
const ROOT: HubUser = { user: "root", password: "r" };

const as = ({ user, password: pass }: HubUser): string =>
  JSON.stringify({ verbose: false, headers: true, no_responders: true, user, pass });

test("with users, whoever is none of them is refused", async () => {
  const hub = await openHub({ users: [ADA, ROOT], token: "t0ken" });
  const refused = "-ERR 'Authorization Violation'\r\n";
  for (const said of [
    'CONNECT {"user":"ada","pass":"wrong"}\r\n',
    'CONNECT {"user":"nobody","pass":""}\r\n',
    'CONNECT {"auth_token":"wrong"}\r\n',
    "CONNECT {}\r\n",
    "PING\r\n",
    "SUB a 1\r\n",
    "PUB a 0\r\n\r\n",
  ]) {
    assert.equal(await (await rawClient(hub)).say(said).untilClosed(), refused, said);
  }
  for (const said of [as(ADA), '{"auth_token":"t0ken","verbose":false}']) {
    const client = await rawClient(hub, said);
    assert.equal(await client.answers(""), "");
    client.end();
  }
  await hub.close();
});

test("permissions: what is not allowed is refused by subject, deny wins, wildcards are filtered", async () => {
  const hub = await openHub({ users: [ADA, ROOT] });
  const ada = await rawClient(hub, as(ADA));
  const no = (what: string): string => `-ERR 'Permissions Violation for ${what}'\r\n`;
  assert.equal(await ada.answers("PUB other 0\r\n\r\n"), no('Publish to "other"'));
  assert.equal(await ada.answers("PUB ada.secret 0\r\n\r\n"), no('Publish to "ada.secret"'));
  assert.equal(await ada.answers("PUB ada.x 0\r\n\r\nPUB shared 0\r\n\r\n"), "");
  assert.equal(await ada.answers("SUB other 1\r\n"), no('Subscription to "other"'));
  assert.equal(await ada.answers("SUB > 1\r\n"), no('Subscription to ">"'));
  assert.equal(
    await ada.answers("SUB all.private.a g 1\r\n"),
    no('Subscription to "all.private.a" using queue "g"'),
  );
  assert.equal(await ada.answers("SUB all.> 2\r\n"), "");
  const root = await rawClient(hub, as(ROOT));
  await root.answers("PUB all.private.a 0\r\n\r\nPUB all.open 0\r\n\r\n");
  assert.equal(await ada.answers(""), "MSG all.open 2 0\r\n\r\n");
  ada.end();
  root.end();
  await hub.close();
});

test("who is asked may answer, only there and only after it was asked; inboxes are everyone's own", async () => {
  const hub = await openHub({ users: [MUTE, ROOT] });
  const mute = await rawClient(hub, as(MUTE));
  const root = await rawClient(hub, as(ROOT));
  await mute.answers("SUB ask 1\r\n");
  await root.answers("SUB _INBOX.root.> 1\r\n");
  const denied = /Permissions Violation for Publish/;
  assert.match(await mute.answers("PUB _INBOX.root.1 0\r\n\r\n"), denied);
  await root.answers("PUB ask _INBOX.root.1 0\r\n\r\n");
  assert.equal(await mute.until("1 0\r\n\r\n"), "MSG ask 1 _INBOX.root.1 0\r\n\r\n");
  assert.equal(await mute.answers("PUB _INBOX.root.1 2\r\nhi\r\n"), "");
  assert.equal(await root.answers(""), "MSG _INBOX.root.1 1 2\r\nhi\r\n");
  assert.match(await mute.answers("PUB _INBOX.root.2 0\r\n\r\n"), denied);
  // Not a way to make others publish what one may not.
  await root.answers("PUB ask somewhere.else 0\r\n\r\n");
  assert.match(await mute.answers("PUB somewhere.else 0\r\n\r\n"), denied);
  assert.equal(await mute.answers("SUB _INBOX.mute.* 2\r\n"), "");
  assert.match(
    await mute.answers("SUB _INBOX.> 3\r\nSUB _INBOX.*.a 3\r\n"),
    /_INBOX\.>.*\r\n.*_INBOX/,
  );
  mute.end();
  root.end();
  await hub.close();
});

test("a reload drops what is no longer allowed and cuts who is no longer known", async () => {
  const hub = await openHub({ users: [ADA, ROOT, MUTE] });
  const ada = await rawClient(hub, as(ADA));
  const root = await rawClient(hub, as(ROOT));
  const mute = await rawClient(hub, as(MUTE));
  await ada.answers("SUB ada.> 1\r\nSUB all.> 2\r\n");
  await mute.answers("");
  const narrower: HubUser = {
    ...ADA,
    permissions: { publish: NOTHING, subscribe: { allow: ["all.>"], deny: ["all.b"] } },
  };
  hub.reload({ users: [narrower, ROOT, { ...MUTE, password: "new" }], limits: { maxPayload: 10 } });
  assert.equal(await mute.untilClosed(), "-ERR 'User Authentication Revoked'\r\n");
  assert.equal(
    await ada.answers(""),
    `-ERR 'Permissions Violation for Subscription to "ada.>" (sid "1")'\r\n`,
  );
  await root.answers("PUB ada.x 0\r\n\r\nPUB all.a 0\r\n\r\nPUB all.b 0\r\n\r\n");
  assert.equal(await ada.answers(""), "MSG all.a 2 0\r\n\r\n");
  assert.match(await ada.answers("PUB ada.x 0\r\n\r\n"), /Violation for Publish/);
  assert.equal(
    await root.say("PUB a 11\r\n").untilClosed(),
    "-ERR 'Maximum Payload Violation'\r\n",
  );
  hub.reload({ users: [] });
  assert.equal(await ada.untilClosed(), "-ERR 'User Authentication Revoked'\r\n");
  await hub.close();
});

test("who does not say who it is in time is cut", async () => {
  const clock = new FakeClock();
  const hub = await openHub({ users: [ROOT], clock });
  const late = await rawClient(hub);
  const inTime = await rawClient(hub, as(ROOT));
  await inTime.answers("");
  clock.advance(2000);
  assert.equal(await late.untilClosed(), "-ERR 'Authentication Timeout'\r\n");
  assert.equal(await inTime.answers(""), "");
  inTime.end();
  await hub.close();
});

test("a connection that answers no ping is stale; one that says anything is not", async () => {
  const clock = new FakeClock();
  const hub = await openHub({ clock, limits: { pingIntervalMs: 100, pingMax: 2 } });
  const dead = await rawClient(hub, QUIET);
  const alive = await rawClient(hub, QUIET);
  await dead.answers("");
  for (let round = 0; round < 3; round += 1) {
    await alive.answers("");
    clock.advance(100);
  }
  assert.equal(await dead.until("PING\r\nPING\r\n"), "PING\r\nPING\r\n");
  await alive.answers("");
  clock.advance(100);
  assert.equal(await dead.untilClosed(), "-ERR 'Stale Connection'\r\n");
  assert.match(await alive.answers(""), /^(PING\r\n)*$/);
  alive.end();
  await hub.close();
});

test("there is a limit to connections", async () => {
  const hub = await openHub({ limits: { maxConnections: 1 } });
  const first = await rawClient(hub, QUIET);
  const second = await rawClient(hub);
  assert.equal(await second.untilClosed(), "-ERR 'maximum connections exceeded'\r\n");
  assert.equal(await first.answers(""), "");
  first.end();
  await hub.close();
});

test("who does not read is cut when too much waits for it, and nobody else suffers", async () => {
  const hub = await openHub({ limits: { maxPendingBytes: 4 * 1024 * 1024 } });
  const slow = await rawClient(hub, QUIET);
  const quick = await rawClient(hub, QUIET);
  const publisher = await rawClient(hub, QUIET);
  await slow.answers("SUB flood 1\r\n");
  await quick.answers("SUB flood 1\r\nSUB other 2\r\n");
  slow.socket.pause();
  const message = `PUB flood 65536\r\n${"x".repeat(65_536)}\r\n`;
  for (let sent = 0; sent < 200; sent += 1) publisher.say(message);
  await publisher.answers("");
  assert.equal(hub.stats().slowConsumers, 1);
  assert.equal(hub.stats().subscriptions, 2);
  const got = await quick.answers("PUB other 0\r\n\r\n");
  assert.equal(got.split("MSG flood").length - 1, 200);
  assert.match(got, /MSG other 2 0/);
  slow.socket.resume();
  assert.match(await slow.untilClosed(), /-ERR 'Slow Consumer'\r\n$|x$/);
  quick.end();
  publisher.end();
  await hub.close();
});

test("the counters tell what went through", async () => {
  const hub = await openHub();
  const client = await rawClient(hub, QUIET);
  await client.answers("SUB a 1\r\nSUB a 2\r\nPUB a 3\r\nabc\r\nPUB b 2\r\nxy\r\n");
  assert.deepEqual(hub.stats(), {
    connections: 1,
    subscriptions: 2,
    inMsgs: 2,
    outMsgs: 2,
    inBytes: 5,
    outBytes: 6,
    slowConsumers: 0,
    queueDepth: 0,
  });
  client.end();
  await hub.close();
});

test("a lame duck says so, takes nobody new, and ends when all have left", async () => {
  const clock = new FakeClock();
  const hub = await openHub({ clock });
  const staying = await rawClient(hub, QUIET);
  await staying.answers("SUB a 1\r\n");
  const done = hub.lameDuck(1000);
  assert.match(await staying.until("\r\n"), /^INFO .*"ldm":true/);
  assert.equal(await staying.answers("PUB a 1\r\nx\r\n"), "MSG a 1 1\r\nx\r\n");
  await assert.rejects(rawClient(hub));
  clock.advance(1000);
  assert.equal(await staying.untilClosed(), "");
  await done;
  assert.equal(hub.stats().connections, 0);
});

test("close sends what waits, and leaves no socket file behind", async () => {
  const socketPath = temporaryPath("hub.sock");
  const hub = await openHub({ port: null, socketPath });
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  assert.equal(hub.address.port, null);
  const client = await rawClient(hub, QUIET);
  await client.answers("SUB last 1\r\n");
  hub.bus.publish("last", "words");
  await hub.close();
  assert.equal(await client.untilClosed(), 'MSG last 1 7\r\n"words"\r\n');
  assert.equal(existsSync(socketPath), false);
});

test("the socket of a hub that died is taken over; that of a living one is not", async () => {
  const socketPath = temporaryPath("hub.sock");
  const hub = await openHub({ socketPath });
  await assert.rejects(openHub({ socketPath }), /another hub listens/);
  await hub.close();

  const dead = createServer().listen(socketPath);
  await new Promise((resolve) => dead.once("listening", resolve));
  const { linkSync, renameSync } = await import("node:fs");
  linkSync(socketPath, `${socketPath}.left`);
  await new Promise((resolve) => dead.close(resolve));
  renameSync(`${socketPath}.left`, socketPath);
  const next = await openHub({ socketPath });
  await next.close();
});
