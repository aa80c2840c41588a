// read-file.ts: the last events in a journal's file, without writing to it.

export type FileQuery = { readonly types: readonly string[]; readonly limit: number };

/** How long another process may hold the file before it counts as unreadable. */
const BUSY_MS = 3_000;

/** JSON texts, oldest first. Throws when the file is no journal. */
export function readJournalFile(path: string, { types, limit }: FileQuery): string[] {
  const sqlite = process.getBuiltinModule("node:sqlite") as typeof import("node:sqlite");
  const database = new sqlite.DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  try {
    const marks = types.map(() => "?").join(", ");
    const text = `SELECT body FROM events WHERE type IN (${marks}) ORDER BY seq DESC LIMIT ?`;
    const rows = database.prepare(text).all(...types, limit);
    return rows.reverse().map((row) => String(row["body"]));
  } finally {
    database.close();
  }
}
