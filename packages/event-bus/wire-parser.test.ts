// wire-parser.test.ts: the parser gives the same operations however the bytes are cut.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frameHeaders, keptFrame } from "./frame.ts";
import { type ParserOptions, type Violation, WireParser } from "./wire-parser.ts";

const HUB: ParserOptions = { side: "hub", maxControlLine: 256, maxPayload: 1024 };

type Heard = readonly unknown[];

function parse(chunks: readonly Buffer[], options: ParserOptions = HUB): Heard {
  const heard: unknown[] = [];
  const parser = new WireParser(options, {
    message: (frame) => {
      const tail = frame.tailStart < 0 ? keptFrame(frame) : frame;
      heard.push([
        "message",
        frame.subject,
        frame.sid,
        frame.replyTo,
        frame.buffer.toString("latin1", frame.headerStart, frame.payloadStart),
        frame.buffer.toString("latin1", frame.payloadStart, frame.payloadEnd),
        tail.buffer.toString("latin1", tail.tailStart, tail.payloadEnd + 2),
      ]);
    },
    line: (operation, rest) => heard.push([operation, rest]),
    violation: (violation: Violation) => heard.push(["violation", violation.kind]),
  });
  for (const chunk of chunks) parser.push(chunk);
  return heard;
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

function cut(whole: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => whole.subarray(from, at[index] ?? whole.length));
}

const token = fc.stringMatching(/^[a-z0-9_$]{1,8}$/);
const payload = fc
  .uint8Array({ maxLength: 80 })
  .map((data) => Buffer.from(data).toString("latin1"));
const blank = fc.constantFrom(" ", " ", " ", "  ", "\t");
const lineEnd = fc.constantFrom("\r\n", "\r\n", "\n");
const operation = fc.oneof(
  fc
    .tuple(token, fc.option(token), payload, blank, lineEnd)
    .map(
      ([subject, reply, data, gap, end]) =>
        `PUB${gap}${subject}${gap}${reply === null ? "" : reply + gap}${data.length}${end}${data}\r\n`,
    ),
  fc.tuple(token, fc.option(token), token, payload).map(([subject, reply, value, data]) => {
    const block = `NATS/1.0\r\nName: ${value}\r\n\r\n`;
    const sizes = `${block.length} ${block.length + data.length}`;
    return `HPUB ${subject} ${reply === null ? "" : `${reply} `}${sizes}\r\n${block}${data}\r\n`;
  }),
  fc.tuple(token, token).map(([subject, sid]) => `SUB ${subject} ${sid}\r\n`),
  fc.constantFrom("PING\r\n", "pong\r\n", 'CONNECT {"a": 1}\r\n', "UNSUB 1 5\r\n", "+OK\r\n"),
);

test("any cutting of any operations is heard as the whole is", () => {
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 12 }),
      fc.array(fc.nat()),
      (operations, places) => {
        const whole = bytes(operations.join(""));
        const heard = parse([whole]);
        assert.equal(heard.length, operations.length);
        assert.deepEqual(parse(cut(whole, places)), heard);
      },
    ),
  );
});

test("one byte at a time is enough", () => {
  const whole = bytes("PUB a.b inbox 5\r\nhello\r\nPING\r\n");
  const heard = parse([...whole].map((byte) => Buffer.from([byte])));
  assert.deepEqual(heard, [
    ["message", "a.b", 0, "inbox", "", "hello", "inbox 5\r\nhello\r\n"],
    ["PING", ""],
  ]);
});

test("any bytes at all end in operations or in one violation, never in a throw", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 600 }).map((data) => Buffer.from(data)),
    fc
      .array(
        fc.constantFrom("PUB ", "HPUB a ", "9", "\r\n", " ", "SUB", "-1", "99999999999", "\0"),
        {
          maxLength: 30,
        },
      )
      .map((parts) => bytes(parts.join(""))),
  );
  fc.assert(
    fc.property(noise, fc.array(fc.nat()), (whole, places) => {
      const heard = parse([whole]);
      assert.deepEqual(parse(cut(whole, places)), heard);
      const violations = heard.filter((each) => (each as unknown[])[0] === "violation");
      assert.ok(violations.length <= 1);
      if (violations.length === 1) assert.equal(heard.at(-1), violations[0]);
    }),
  );
});

test("what is not the protocol is a violation by kind", () => {
  const kinds: readonly (readonly [string, string])[] = [
    [`PUB ${"a".repeat(300)}`, "control-line"],
    [`PUB ${"a".repeat(300)} 1\r\nx\r\n`, "control-line"],
    ["PUB a 1025\r\n", "payload-size"],
    ["PUB a -1\r\n", "malformed"],
    ["PUB a 1x\r\n", "malformed"],
    ["PUB a 9999999999\r\n", "malformed"],
    ["PUB a\r\n", "malformed"],
    ["PUB a b c 1\r\n", "malformed"],
    ["PUB a 1\r\nxyz\r\n", "malformed"],
    ["HPUB a 5 4\r\n", "malformed"],
    ["HPUB a 5\r\n", "malformed"],
    ["\r\n", "malformed"],
    ["\u0016\u0003\u0001", "malformed"],
  ];
  for (const [text, kind] of kinds) {
    assert.deepEqual(parse([bytes(text)]), [["violation", kind]], JSON.stringify(text));
  }
});

test("an unknown operation is told by name, and so is a hub's from a client", () => {
  assert.deepEqual(parse([bytes("RS+ acc foo\r\n")]), [["UNKNOWN", "RS+"]]);
  assert.deepEqual(parse([bytes("MSG a 1 2\r\n")]), [["UNKNOWN", "MSG"]]);
});

test("a client reads MSG and HMSG with their subscription", () => {
  const heard = parse([bytes("MSG a 7 2\r\nhi\r\nHMSG b 8 r 12 13\r\nNATS/1.0\r\n\r\n!\r\n")], {
    ...HUB,
    side: "client",
  });
  assert.deepEqual(heard, [
    ["message", "a", 7, null, "", "hi", "7 2\r\nhi\r\n"],
    ["message", "b", 8, "r", "NATS/1.0\r\n\r\n", "!", "8 r 12 13\r\nNATS/1.0\r\n\r\n!\r\n"],
  ]);
});

test("while paused it holds what comes, and goes on where it was", () => {
  const heard: string[] = [];
  const parser: WireParser = new WireParser(HUB, {
    message: ({ subject }) => {
      heard.push(subject);
      parser.pause();
    },
    line: () => undefined,
    violation: () => undefined,
  });
  parser.push(bytes("PUB a 0\r\n\r\nPUB b 0\r\n\r\nPUB c 0"));
  assert.deepEqual(heard, ["a"]);
  parser.push(bytes("\r\n\r\n"));
  parser.resume();
  assert.deepEqual(heard, ["a", "b"]);
  parser.resume();
  assert.deepEqual(heard, ["a", "b", "c"]);
});

test("a malformed header block is seen as one", () => {
  const blocks = [
    "NATS/1.0\r\n\r\n",
    "NATS/1.0 503\r\n\r\n",
    "NATS/1.0 404 Not here\r\nA: b\r\n\r\n",
  ];
  const broken = [
    "NATS/2.0\r\n\r\n",
    "NATS/1.0\r\n",
    "NATS/1.0\r\nnocolon\r\n\r\n",
    "NATS/1.0x\r\n\r\n",
  ];
  const read = (block: string) =>
    frameHeaders({
      buffer: bytes(block),
      subject: "a",
      sid: 0,
      replyTo: null,
      hasHeaders: true,
      headerStart: 0,
      payloadStart: block.length,
      payloadEnd: block.length,
      tailStart: 0,
    });
  assert.deepEqual(
    blocks.map((block) => read(block)?.status),
    [null, 503, 404],
  );
  assert.deepEqual(broken.map(read), [null, null, null, null]);
});
