// book.ts: what the modules have put on record of their own lives, each entry by one write(2).
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * S: it lives. D: likewise, while an earlier life still holds its lock. E: it ends by itself.
 * X: a bug of the writer.
 */
export type BookEntry = {
  readonly what: "S" | "D" | "E" | "X";
  readonly id: string;
  readonly incarnation: number;
  readonly pid: number;
  /** Since boot. */
  readonly seconds: number;
};

export function readBook(folder: string): readonly BookEntry[] {
  return readFileSync(join(folder, "book"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [what, id = "", incarnation, pid, seconds] = line.split(" ");
      return {
        what: what as BookEntry["what"],
        id,
        incarnation: Number(incarnation),
        pid: Number(pid),
        seconds: Number(seconds),
      };
    });
}

/** The newest life of each module. */
export function lastLives(folder: string): ReadonlyMap<string, BookEntry> {
  const last = new Map<string, BookEntry>();
  for (const entry of readBook(folder)) {
    const known = last.get(entry.id);
    if (entry.what === "S" && (known?.incarnation ?? 0) < entry.incarnation) {
      last.set(entry.id, entry);
    }
  }
  return last;
}

/** How many lines each incarnation is known to have written: `id.incarnation` -> count. */
export function linesWritten(folder: string): ReadonlyMap<string, number> {
  const counts = join(folder, "count");
  return new Map(readdirSync(counts).map((name) => [name, statSync(join(counts, name)).size]));
}
