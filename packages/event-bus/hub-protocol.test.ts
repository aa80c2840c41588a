// hub-protocol.test.ts: what the hub says, byte for byte, to what a client says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { RunningHub } from "./serve-hub.ts";
import { openHub, QUIET, rawClient, ungreeted } from "./testing/raw-client.ts";

let hub: RunningHub;
before(async () => {
  hub = await openHub({ serverName: "bones", limits: { maxPayload: 100, maxSubscriptions: 3 } });
});
after(() => hub.close());

/** What a fresh connection hears, CONNECT said, to this. */
async function heard(text: string, connect = QUIET): Promise<string> {
  const client = await rawClient(hub, connect);
  const answer = await client.answers(text);
  client.end();
  return answer;
}

/** What it hears until it is cut. */
async function lastWords(text: string, connect = QUIET): Promise<string> {
  const client = await rawClient(hub, connect);
  return client.say(text).untilClosed();
}

test("INFO comes first and says what the hub can do", async () => {
  const client = await ungreeted(hub);
  const line = await client.until("\r\n");
  client.end();
  assert.match(line, /^INFO \{.*\} \r\n$/);
  const info = JSON.parse(line.slice(5)) as Record<string, unknown>;
  assert.equal(info["server_name"], "bones");
  assert.equal(info["max_payload"], 100);
  assert.equal(info["headers"], true);
  assert.equal(info["proto"], 1);
  assert.equal(info["port"], hub.address.port);
  assert.equal("auth_required" in info || "jetstream" in info || "tls_required" in info, false);
});

test("without a CONNECT, and with an empty one, everything is acknowledged", async () => {
  const silent = await rawClient(hub);
  assert.equal(await silent.answers("SUB v 1\r\n"), "+OK\r\n");
  silent.end();
  const all = "SUB v 1\r\nPUB v 5\r\nhello\r\nUNSUB 1\r\n";
  assert.equal(await heard(all, "{}"), "+OK\r\n+OK\r\n+OK\r\nMSG v 1 5\r\nhello\r\n+OK\r\n");
});

test("MSG carries subject, sid, reply and payload", async () => {
  assert.equal(await heard("SUB a.* x9\r\nPUB a.b 2\r\nhi\r\n"), "MSG a.b x9 2\r\nhi\r\n");
  assert.equal(await heard("SUB m 1\r\nPUB m r.1 0\r\n\r\n"), "MSG m 1 r.1 0\r\n\r\n");
  assert.equal(await heard("sub m 1\r\npub  m\tr.1  2\nhi\r\n"), "MSG m 1 r.1 2\r\nhi\r\n");
});

test("HMSG carries the headers; a client that does not take headers gets MSG without them", async () => {
  const block = "NATS/1.0\r\nA: b\r\n\r\n";
  const publish = `HPUB h ${block.length} ${block.length + 2}\r\n${block}hi\r\n`;
  const sizes = `${block.length} ${block.length + 2}`;
  assert.equal(await heard(`SUB h 1\r\n${publish}`), `HMSG h 1 ${sizes}\r\n${block}hi\r\n`);
  const plain = await rawClient(hub, '{"verbose":false}');
  await plain.answers("SUB h 1\r\n");
  await heard(publish);
  assert.equal(await plain.answers(""), "MSG h 1 2\r\nhi\r\n");
  plain.end();
});

test("echo: false keeps a client's own messages from it", async () => {
  const connect = '{"verbose":false,"echo":false}';
  assert.equal(await heard("SUB e 1\r\nPUB e 0\r\n\r\n", connect), "");
});

test("UNSUB with a maximum delivers so many, before or after it was said", async () => {
  const three = "PUB u 1\r\na\r\nPUB u 1\r\nb\r\nPUB u 1\r\nc\r\n";
  assert.equal(
    await heard(`SUB u 1\r\nUNSUB 1 2\r\n${three}`),
    "MSG u 1 1\r\na\r\nMSG u 1 1\r\nb\r\n",
  );
  const late = await heard(`SUB u 1\r\n${three}UNSUB 1 2\r\nPUB u 1\r\nd\r\n`);
  assert.equal(late, "MSG u 1 1\r\na\r\nMSG u 1 1\r\nb\r\nMSG u 1 1\r\nc\r\n");
  assert.equal(await heard("UNSUB 99\r\n"), "");
});

test("a sid that is taken keeps its subscription", async () => {
  assert.equal(
    await heard("SUB a 1\r\nSUB b 1\r\nPUB b 0\r\n\r\nPUB a 0\r\n\r\n"),
    "MSG a 1 0\r\n\r\n",
  );
});

test("one member of a queue group gets each message, and they take turns", async () => {
  const publish = "PUB q.x 0\r\n\r\n".repeat(4);
  const answer = await heard(`SUB q.* g 1\r\nSUB q.* g 2\r\nSUB q.x 3\r\n${publish}`);
  const sids = [...answer.matchAll(/MSG q.x (\d)/g)].map((match) => match[1]);
  assert.equal(sids.filter((sid) => sid === "3").length, 4);
  assert.deepEqual(
    sids.filter((sid) => sid !== "3"),
    ["1", "2", "1", "2"],
  );
});

test("a member of a queue group whose connection is gone never gets a message", async () => {
  const gone = await rawClient(hub, QUIET);
  const stays = await rawClient(hub, QUIET);
  await gone.answers("SUB work g 1\r\n");
  await stays.answers("SUB work g 1\r\n");
  gone.say("FOO\r\n");
  await gone.untilClosed();
  const answer = await stays.answers("PUB work 1\r\nx\r\n".repeat(6));
  assert.equal(answer, "MSG work 1 1\r\nx\r\n".repeat(6));
  stays.end();
});

test("a request that nobody listens to is answered with 503", async () => {
  const status = "NATS/1.0 503\r\n\r\n";
  assert.equal(
    await heard("SUB _INBOX.me.* 7\r\nPUB nobody.home _INBOX.me.1 2\r\nhi\r\n"),
    `HMSG _INBOX.me.1 7 ${status.length} ${status.length}\r\n${status}\r\n`,
  );
  const without = '{"verbose":false,"headers":true}';
  assert.equal(await heard("SUB _INBOX.me.* 7\r\nPUB nobody _INBOX.me.1 0\r\n\r\n", without), "");
});

test("errors after which the connection goes on", async () => {
  assert.equal(await heard("SUB foo. 1\r\n"), "-ERR 'Invalid Subject'\r\n");
  assert.equal(await heard("SUB >.foo 1\r\n"), "-ERR 'Invalid Subject'\r\n");
  assert.equal(await heard("PUB foo..bar 1\r\nx\r\n"), "-ERR 'Invalid Publish Subject'\r\n");
  assert.equal(await heard("PUB foo.* 1\r\nx\r\n"), "-ERR 'Invalid Publish Subject'\r\n");
  assert.equal(await heard("PUB foo in..box 1\r\nx\r\n"), "-ERR 'Invalid Publish Subject'\r\n");
  const four = "SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nSUB d 4\r\n";
  assert.equal(await heard(four), "-ERR 'maximum subscriptions exceeded'\r\n");
});

test("errors that end the connection", async () => {
  const endings: readonly (readonly [string, string])[] = [
    ["FOO bar\r\n", "Unknown Protocol Operation"],
    ["GET / HTTP/1.1\r\n", "Unknown Protocol Operation"],
    ["\u0016\u0003\u0001\u0002", "Unknown Protocol Operation"],
    ["\r\n", "Unknown Protocol Operation"],
    ["MSG a 1 0\r\n\r\n", "Unknown Protocol Operation"],
    ["RS+ $G foo\r\n", "Unknown Protocol Operation RS+: clustering not served by this hub"],
    ["LS+ foo\r\n", "Unknown Protocol Operation LS+: leaf nodes not served by this hub"],
    ["A+ foo\r\n", "Unknown Protocol Operation A+: accounts not served by this hub"],
    ["INFO {}\r\n", "Unknown Protocol Operation INFO: clustering not served by this hub"],
    ["PUB a 101\r\n", "Maximum Payload Violation"],
    ["PUB a x\r\n", "Parser Error"],
    ["PUB a 1\r\nxyz\r\n", "Parser Error"],
    ["SUB a\r\n", "Parser Error"],
    ["SUB a b c d\r\n", "Parser Error"],
    ["UNSUB\r\n", "Parser Error"],
    ["UNSUB 1 x\r\n", "Parser Error"],
    ["HPUB a 10 5\r\n", "Parser Error"],
    ["HPUB a 4 4\r\nabcd\r\n", "bad message header detected"],
    ["HPUB a 21 21\r\nNATS/1.0\r\nnocolon\r\n\r\n\r\n", "bad message header detected"],
    ["HPUB a 16 16\r\nNATS/1.0\r\nA: b\r\n\r\n", "bad message header detected"],
    [`SUB ${"a".repeat(5000)}`, "maximum control line exceeded"],
    [`SUB ${"a".repeat(5000)} 1\r\n`, "maximum control line exceeded"],
    ["CONNECT {oops}\r\n", "Parser Error"],
    ["CONNECT []\r\n", "Parser Error"],
    ['CONNECT {"protocol":2}\r\n', "invalid client protocol"],
    ['CONNECT {"no_responders":true}\r\n', "no responders requires headers support"],
    ['CONNECT {"tls_required":true}\r\n', "TLS is not served by this hub"],
    [
      'CONNECT {"account":"APP"}\r\n',
      "Authorization Violation: accounts are not served by this hub",
    ],
    [
      'CONNECT {"nkey":"U","sig":"x"}\r\n',
      "Authorization Violation: nkey is not served by this hub, use user and password",
    ],
    [
      'CONNECT {"jwt":"x"}\r\n',
      "Authorization Violation: jwt is not served by this hub, use user and password",
    ],
  ];
  for (const [said, error] of endings) {
    assert.equal(await lastWords(said), `-ERR '${error}'\r\n`, JSON.stringify(said));
  }
  const plain = '{"verbose":false}';
  const headers = "HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n";
  assert.equal(await lastWords(headers, plain), "-ERR 'message headers not supported'\r\n");
});

test("JetStream is refused by name, in its own form where it asks", async () => {
  const answer = await heard("SUB _INBOX.me.* 1\r\nPUB $JS.API.INFO _INBOX.me.1 0\r\n\r\n");
  const body = JSON.parse(answer.split("\r\n")[1] ?? "") as { error: { description: string } };
  assert.equal(body.error.description, "JetStream is not served by this hub");
  assert.match(
    await heard("PUB $JS.ACK.x 0\r\n\r\n"),
    /Publish to "\$JS.ACK.x": JetStream not served/,
  );
  assert.match(await heard("PUB $KV.b.k 0\r\n\r\n"), /JetStream key-value not served/);
  assert.match(
    await heard("SUB $SYS.> 1\r\n"),
    /Subscription to "\$SYS.>": the system account not/,
  );
});

test("noise never hangs the hub nor breaks it for others", async () => {
  const noise = fc.oneof(
    fc
      .uint8Array({ minLength: 1, maxLength: 300 })
      .map((data) => Buffer.from(data).toString("latin1")),
    fc
      .array(
        fc.constantFrom("PUB a ", "HPUB a 3 ", "SUB ", "UNSUB", "5", "\r\n", "CONNECT {", "x"),
        {
          minLength: 1,
          maxLength: 12,
        },
      )
      .map((parts) => parts.join("")),
  );
  for (const said of fc.sample(noise, 60)) {
    const client = await rawClient(hub, QUIET);
    client.socket.end(said, "latin1");
    await client.untilClosed();
  }
  assert.equal(await heard("SUB still 1\r\nPUB still 2\r\nup\r\n"), "MSG still 1 2\r\nup\r\n");
});

test("messages keep their order, and a PONG comes after what was sent before it", async () => {
  const publisher = await rawClient(hub, QUIET);
  const subscriber = await rawClient(hub, QUIET);
  await subscriber.answers("SUB o 1\r\n");
  const count = 2000;
  let text = "";
  for (let index = 0; index < count; index += 1)
    text += `PUB o 4\r\n${String(index).padStart(4)}\r\n`;
  await publisher.answers(text);
  // Draining: UNSUB, then everything that was on its way, then PONG.
  const heardAll = await subscriber.answers("UNSUB 1\r\n");
  const numbers = [...heardAll.matchAll(/MSG o 1 4\r\n *(\d+)\r\n/g)].map((match) =>
    Number(match[1]),
  );
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, index) => index),
  );
  assert.equal(await subscriber.answers("PUB o 0\r\n\r\n"), "");
  publisher.end();
  subscriber.end();
});

test("what a client said before it left is still delivered", async () => {
  const subscriber = await rawClient(hub, QUIET);
  await subscriber.answers("SUB bye 1\r\n");
  const leaving = await rawClient(hub, QUIET);
  leaving.socket.end("PUB bye 3\r\nbye\r\n");
  assert.equal(await subscriber.until("\r\nbye\r\n"), "MSG bye 1 3\r\nbye\r\n");
  subscriber.end();
});
