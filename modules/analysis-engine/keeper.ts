// keeper.ts: what the analysis keeps in files: what it learned, and where each session stands.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Learned } from "./learning.ts";
import { nothingLearned, parseLearned } from "./learning.ts";
import type { Memory } from "./memory.ts";

/** Sessions remembered; the one not heard of for longest goes first. */
const SESSIONS_MAX = 16;

export type Keeper = {
  readonly learned: Learned;
  keepLearned(learned: Learned): void;
  session(id: string): Memory | null;
  keepSession(memory: Memory): void;
  forget(): void;
};

/** A file that cannot be read is set aside, said, and begun anew: analysis goes on. */
export function openKeeper(directory: string, warn: (message: string) => void): Keeper {
  const modelFile = join(directory, "learned.json");
  const sessionsFile = join(directory, "sessions.json");
  const sessions = new Map<string, Memory>();
  let learned = nothingLearned();

  const read = (file: string): string | null => {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") warn((error as Error).message);
      return null;
    }
  };
  const write = (file: string, value: unknown): void => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const setAside = (file: string): void => {
    renameSync(file, `${file}.aside`);
    warn(`${file} cannot be understood; it is set aside and begun anew`);
  };

  const modelText = read(modelFile);
  if (modelText !== null) {
    const parsed = parseLearned(modelText);
    if (parsed === null) setAside(modelFile);
    else learned = parsed;
  }
  const sessionsText = read(sessionsFile);
  if (sessionsText !== null) {
    const parsed = parseSessions(sessionsText);
    if (parsed === null) setAside(sessionsFile);
    else for (const memory of parsed) sessions.set(memory.sessionId, memory);
  }

  return {
    get learned() {
      return learned;
    },
    keepLearned(next) {
      learned = next;
      write(modelFile, next);
    },
    session: (id) => sessions.get(id) ?? null,
    keepSession(memory) {
      sessions.delete(memory.sessionId);
      sessions.set(memory.sessionId, memory);
      const oldest = sessions.keys().next().value;
      if (sessions.size > SESSIONS_MAX && oldest !== undefined) sessions.delete(oldest);
      write(sessionsFile, [...sessions.values()]);
    },
    forget() {
      sessions.clear();
      learned = nothingLearned();
      write(sessionsFile, []);
      write(modelFile, learned);
    },
  };
}

const NUMBERS = [
  "firstMs",
  "seenUntilMs",
  "lastActivityMs",
  "stateSinceMs",
  "productiveWindows",
  "distractedWindows",
  "distractions",
  "typedWindows",
] as const satisfies readonly (keyof Memory)[];

function parseSessions(text: string): Memory[] | null {
  try {
    const list = JSON.parse(text) as Memory[];
    const whole = list.every(
      (one) =>
        typeof one.sessionId === "string" && NUMBERS.every((name) => Number.isFinite(one[name])),
    );
    return whole ? list : null;
  } catch {
    return null;
  }
}
