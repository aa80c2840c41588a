// headers.ts: the header block of a message on the wire: `NATS/1.0`, `Name: value` lines, a blank line.
import { BusError } from "./bus-error.ts";

export type Headers = Readonly<Record<string, string>>;

export const NO_HEADERS: Headers = Object.freeze({});

const VERSION = "NATS/1.0";
const NAME = /^[!-9;-~]+$/;

export function encodeHeaders(headers: Headers): string {
  let block = `${VERSION}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name) || /[\r\n]/.test(value)) {
      throw new BusError(
        "INVALID",
        `header '${name}' cannot be sent: no blanks or colons in names, no line breaks in values`,
      );
    }
    block += `${name}: ${value}\r\n`;
  }
  return `${block}\r\n`;
}

/** `null` when it is not a header block. Of a name that comes twice the last value is kept. */
export function decodeHeaders(block: string): { status: number | null; fields: Headers } | null {
  if (!block.startsWith(VERSION) || !block.endsWith("\r\n\r\n")) return null;
  const lines = block.slice(0, -4).split("\r\n");
  const first = (lines[0] ?? "").slice(VERSION.length);
  if (first !== "" && !first.startsWith(" ")) return null;
  const status = /^ +(\d{3})(?: |$)/.exec(first);
  const fields: Record<string, string> = Object.create(null);
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    if (colon < 1) return null;
    fields[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  return { status: status === null ? null : Number(status[1]), fields: { ...fields } };
}
