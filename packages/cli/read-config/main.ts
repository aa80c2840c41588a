// main.ts: the short-lived program that evaluates a configuration file and prints the resolved
// system as one line of JSON: on the descriptor named by --fd, else on stdout.
import { readFileSync, writeSync } from "node:fs";
import { extname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { evaluate } from "./evaluate.ts";
import { createPlaces } from "./places.ts";
import { readCodePlaces } from "./read-code-places.ts";
import { type ReadResult, readSystem, resolveParsed } from "./read-system.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    file: { type: "string" },
    profile: { type: "string" },
    fd: { type: "string", default: "1" },
  },
});

const named = values.file ?? positionals[0];
if (named === undefined) {
  process.stderr.write("usage: read-config --file FILE [--profile NAME] [--fd NUMBER]\n");
  process.exit(2);
}

// What the configuration prints is for people; on stdout it would mix with the result.
process.stdout.write = process.stderr.write.bind(process.stderr);
const result = await read(resolve(named), values.profile ?? null);
print(Number(values.fd), `${JSON.stringify(result)}\n`);
// Timers and sockets that the configuration left open must not keep this process.
process.exit(0);

async function read(file: string, profile: string | null): Promise<ReadResult> {
  if (!/^\.[mc]?[jt]s$/.test(extname(file))) return readSystem(file, { profile });
  const { value, problems, sources } = await evaluate(file, { profile, env: process.env });
  if (value === undefined) {
    return resolveParsed(file, { value, places: createPlaces(), problems }, { profile }, sources);
  }
  const places = readCodePlaces(readFileSync(file, "utf8"));
  const all = [...problems, ...places.problems];
  return resolveParsed(file, { value, places, problems: all }, { profile }, sources);
}

function print(fd: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Whoever asked has died meanwhile: nobody wants to know.
      if (code === "EPIPE") return;
      // A pipe that is full says so at once when it does not block; its reader empties it.
      if (code !== "EAGAIN") throw error;
    }
  }
}
