// database.ts: the file: its tables, its settings, and what its errors mean.
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY,
  line TEXT NOT NULL,
  session TEXT NOT NULL,
  kind TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  window_ms INTEGER NOT NULL,
  late INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS events_by_window ON events (line, window_ms, time_ms);
CREATE INDEX IF NOT EXISTS events_by_time ON events (time_ms);
CREATE TABLE IF NOT EXISTS lines (
  line TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  clock TEXT NOT NULL,
  next_window_ms INTEGER NOT NULL,
  watermark_ms INTEGER,
  heard_ms INTEGER NOT NULL,
  late INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS totals (
  span TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  events INTEGER NOT NULL,
  keys INTEGER NOT NULL,
  clicks INTEGER NOT NULL,
  switches INTEGER NOT NULL,
  file_changes INTEGER NOT NULL,
  active_ms INTEGER NOT NULL,
  loads INTEGER NOT NULL,
  cpu_ratio_sum REAL NOT NULL,
  PRIMARY KEY (span, start_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
`;

export type Store = {
  readonly db: DatabaseSync;
  readonly file: string;
  /** All or nothing. */
  transaction<T>(work: () => T): T;
  bytes(): number;
  close(): void;
};

const FILE = "events.db";

/** Opens or makes the database; only its owner may read it. */
export function openStore(directory: string, bytesMax: number): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, FILE);
  const db = new DatabaseSync(file, { timeout: 2000 });
  chmodSync(file, 0o600);
  // FULL: an acknowledged event is still there after the power went.
  db.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; " +
      "PRAGMA cache_size = -2000; PRAGMA journal_size_limit = 4000000;",
  );
  db.exec(SCHEMA);
  const pageSize = Number(db.prepare("PRAGMA page_size").get()?.["page_size"]);
  db.exec(`PRAGMA max_page_count = ${Math.max(16, Math.floor(bytesMax / pageSize))}`);
  const pages = db.prepare("PRAGMA page_count");
  return {
    db,
    file,
    transaction(work) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const value = work();
        db.exec("COMMIT");
        return value;
      } catch (error) {
        // SQLite has already rolled back by itself after some errors, a full disk among them.
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    bytes: () => Number(pages.get()?.["page_count"]) * pageSize,
    close: () => db.close(),
  };
}

/** Sets a database aside that cannot be used; the last one set aside is kept, older ones go. */
export function setStoreAside(directory: string): string | null {
  const file = join(directory, FILE);
  if (!existsSync(file)) return null;
  const aside = `${file}.aside`;
  for (const end of ["", "-wal", "-shm"]) {
    rmSync(`${aside}${end}`, { force: true });
    if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, `${aside}${end}`);
  }
  return aside;
}

const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;

/** True when there was no room: on the disk, or within the size that the configuration allows. */
export function isFull(error: unknown): boolean {
  const { errcode, code } = error as { errcode?: number; code?: string };
  const base = errcode === undefined ? -1 : errcode & 0xff;
  return base === SQLITE_FULL || base === SQLITE_IOERR || code === "ENOSPC";
}
