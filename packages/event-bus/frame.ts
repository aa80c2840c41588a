// frame.ts: a message as the bus carries it, whoever sent it: the bytes of the wire, with marks.
import { Buffer } from "node:buffer";
import type { Json } from "@skelly-jelly/contract";
import { decodeHeaders, encodeHeaders, type Headers, NO_HEADERS } from "./headers.ts";
import type { Frame } from "./wire-parser.ts";

export type Outgoing = {
  readonly subject: string;
  readonly replyTo: string | null;
  readonly headers: Headers | null;
  /** The payload as text. */
  readonly text: string;
};

/** The same as a client says it. */
export function publishLine({ subject, replyTo, headers, text }: Outgoing): {
  readonly line: string;
  readonly payloadBytes: number;
} {
  const reply = replyTo === null ? "" : ` ${replyTo}`;
  const textBytes = Buffer.byteLength(text);
  if (headers === null) {
    const line = `PUB ${subject}${reply} ${textBytes}\r\n${text}\r\n`;
    return { line, payloadBytes: textBytes };
  }
  const block = encodeHeaders(headers);
  const headerBytes = Buffer.byteLength(block);
  const payloadBytes = headerBytes + textBytes;
  const sizes = `${headerBytes} ${payloadBytes}`;
  return { line: `HPUB ${subject}${reply} ${sizes}\r\n${block}${text}\r\n`, payloadBytes };
}

/** A frame that owns its bytes, of something said inside this process. */
export function frameOf(message: Outgoing): Frame {
  const block = message.headers === null ? "" : encodeHeaders(message.headers);
  const headerBytes = Buffer.byteLength(block);
  const total = headerBytes + Buffer.byteLength(message.text);
  const reply = message.replyTo === null ? "" : `${message.replyTo} `;
  const sizes = block === "" ? `${total}\r\n` : `${headerBytes} ${total}\r\n`;
  const buffer = Buffer.from(`${reply}${sizes}${block}${message.text}\r\n`, "utf8");
  const payloadEnd = buffer.length - 2;
  return {
    buffer,
    subject: message.subject,
    sid: 0,
    replyTo: message.replyTo,
    hasHeaders: block !== "",
    headerStart: payloadEnd - total,
    payloadStart: payloadEnd - total + headerBytes,
    payloadEnd,
    tailStart: 0,
  };
}

/** A copy that outlives the buffer it came in, its tail in the one right form. */
export function keptFrame(frame: Frame): Frame {
  const sizes = frame.hasHeaders
    ? `${frame.payloadStart - frame.headerStart} ${frame.payloadEnd - frame.headerStart}`
    : `${frame.payloadEnd - frame.payloadStart}`;
  const reply = frame.replyTo === null ? "" : `${frame.replyTo} `;
  const head = Buffer.from(`${reply}${sizes}\r\n`);
  const body = frame.buffer.subarray(frame.headerStart, frame.payloadEnd + 2);
  const shift = head.length - frame.headerStart;
  return {
    ...frame,
    buffer: Buffer.concat([head, body]),
    headerStart: head.length,
    payloadStart: frame.payloadStart + shift,
    payloadEnd: frame.payloadEnd + shift,
    tailStart: 0,
  };
}

export function frameBytes(frame: Frame): number {
  return frame.payloadEnd - frame.headerStart;
}

/** The payload: JSON where it is JSON, `null` where it is empty, and else its text. */
export function frameData(frame: Frame): Json {
  if (frame.payloadEnd === frame.payloadStart) return null;
  const text = frame.buffer.toString("utf8", frame.payloadStart, frame.payloadEnd);
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Programs that know nothing of us may send plain text; it is passed on as what it is.
    return text;
  }
}

export type FrameHeaders = { readonly status: number | null; readonly fields: Headers };

/** `null` when the header block is malformed. */
export function frameHeaders(frame: Frame): FrameHeaders | null {
  if (!frame.hasHeaders) return { status: null, fields: NO_HEADERS };
  return decodeHeaders(frame.buffer.toString("utf8", frame.headerStart, frame.payloadStart));
}

/** What a request gets that nobody listens to; the subject is set by whoever sends it. */
export const NO_RESPONDERS: Frame = (() => {
  const block = "NATS/1.0 503\r\n\r\n";
  const head = `${block.length} ${block.length}\r\n`;
  const end = head.length + block.length;
  return {
    buffer: Buffer.from(`${head}${block}\r\n`),
    subject: "",
    sid: 0,
    replyTo: null,
    hasHeaders: true,
    headerStart: head.length,
    payloadStart: end,
    payloadEnd: end,
    tailStart: 0,
  };
})();
