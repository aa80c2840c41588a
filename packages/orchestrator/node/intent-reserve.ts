// intent-reserve.ts: room for intents that was taken while there was some: a file that is written in place, so
// that a number is never given out twice because the disk was full when it was first given out.
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";

export type IntentReserve = {
  /** Throws when it cannot be written. */
  note(instance: string, incarnation: number): void;
  read(): ReadonlyMap<string, number>;
  /** What it holds has reached the journal. */
  clear(): void;
  close(): void;
};

const BYTES = 64 * 1024;
/** Text ends where the first zero is. */
const END = "\0";

/** Throws when there is no room for it. */
export function openIntentReserve(path: string): IntentReserve {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const { size } = fstatSync(fd);
    if (size < BYTES) writeAll(fd, Buffer.alloc(BYTES - size), size);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let at = Buffer.byteLength(textOf(fd));
  return {
    note(instance, incarnation) {
      const line = `${instance} ${incarnation}\n${END}`;
      if (at + line.length > BYTES) {
        const all = intentsIn(textOf(fd));
        all.set(instance, incarnation);
        const lines = [...all].map(([name, number]) => `${name} ${number}\n`).join("");
        if (lines.length >= BYTES) throw new Error("too many intents wait for the journal");
        writeAll(fd, Buffer.from(lines + END), 0);
        at = lines.length;
        return;
      }
      writeAll(fd, Buffer.from(line), at);
      at += line.length - END.length;
    },
    read: () => intentsIn(textOf(fd)),
    clear() {
      if (at === 0) return;
      writeAll(fd, Buffer.from(END), 0);
      at = 0;
    },
    close: () => closeSync(fd),
  };
}

function textOf(fd: number): string {
  const buffer = Buffer.alloc(BYTES);
  const text = buffer.toString("latin1", 0, readSync(fd, buffer, 0, BYTES, 0));
  const end = text.indexOf(END);
  const whole = end < 0 ? text : text.slice(0, end);
  // A last line without its end was cut short.
  return whole.slice(0, whole.lastIndexOf("\n") + 1);
}

function intentsIn(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [instance = "", number] = line.split(" ");
    const incarnation = Number(number);
    if (instance !== "" && Number.isSafeInteger(incarnation)) {
      found.set(instance, Math.max(incarnation, found.get(instance) ?? 0));
    }
  }
  return found;
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
