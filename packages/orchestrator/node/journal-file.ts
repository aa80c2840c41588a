// journal-file.ts: the SQLite file under the journal. Throws; its user decides what that means.
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { JsonObject, SystemEvent } from "@skelly-jelly/contract";
import type { JournalQuery } from "../ports/journal.ts";

/** What could still be read of a damaged file. */
export type Salvage = {
  readonly intents: ReadonlyMap<string, number>;
  readonly facts: ReadonlyMap<string, string>;
};

export type JournalFile = {
  lastSeq(): number;
  append(events: readonly SystemEvent[], shift: number): void;
  intend(instance: string, incarnation: number): void;
  /** Several at once: all that was intended while the file could not be written. */
  intendAll(intents: ReadonlyMap<string, number>): void;
  intents(): ReadonlyMap<string, number>;
  query(query: JournalQuery): readonly SystemEvent[];
  remember(key: string, value: JsonObject): void;
  recall(key: string): JsonObject | null;
  /** Deletes a bounded number of events that are too many or too old. */
  prune(seqMin: number, timeMsMin: number): void;
  salvage(wanted: boolean): Salvage | null;
  close(): void;
};

// https://www.sqlite.org/rescode.html
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const PRUNE_AT_ONCE = 5000;
const QUERY_MAX = 100_000;
const DAMAGED_KEPT_MAX = 3;

// Small caches: the daemon's memory is its promise. NORMAL in WAL: a commit outlives kill -9, and
// after a power cut no module it speaks of lives either.
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -512;
  PRAGMA temp_store = MEMORY;
  PRAGMA wal_autocheckpoint = 1000;
  PRAGMA journal_size_limit = 1048576;`;

const TABLES = `
  CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, type TEXT NOT NULL, module TEXT,
    body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS events_of_module ON events (module, seq);
  CREATE TABLE IF NOT EXISTS intents (
    instance TEXT PRIMARY KEY, incarnation INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`;

/** True when the file's content is at fault, not the disk, the rights or the room. */
export function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: number } | null)?.errcode;
  return (
    code !== undefined && ((code & 0xff) === SQLITE_CORRUPT || (code & 0xff) === SQLITE_NOTADB)
  );
}

/**
 * Opens the file; a damaged one is moved aside and begun anew with what could be salvaged.
 * `damage`: found in use just now, so it need not be found again.
 */
export function openJournalFile(
  path: string,
  wallMs: number,
  damage: unknown,
  salvage: Salvage | null,
): { readonly file: JournalFile; readonly keptAs: string | null } {
  let saved = salvage;
  if (damage === null) {
    const tried = tryOpen(path);
    if (tried.file !== null) return { file: tried.file, keptAs: null };
    saved = tried.saved;
  }
  const keptAs = moveAside(path, wallMs);
  const file = fileOver(openDatabase(path));
  file.intendAll(saved?.intents ?? new Map());
  for (const [key, value] of saved?.facts ?? []) file.remember(key, JSON.parse(value));
  return { file, keptAs };
}

function tryOpen(path: string): { file: JournalFile | null; saved: Salvage | null } {
  let database: DatabaseSync | null = null;
  try {
    database = openDatabase(path);
    const file = fileOver(database);
    // Reads a page of each table, so that a torn file is known before anything relies on it.
    file.intents();
    file.lastSeq();
    file.query({ limit: 1 });
    return { file, saved: null };
  } catch (error) {
    const saved = database === null ? null : salvageFrom(database);
    database?.close();
    if (!isDamage(error)) throw error;
    return { file: null, saved };
  }
}

function openDatabase(path: string): DatabaseSync {
  const sqlite = process.getBuiltinModule("node:sqlite") as
    | typeof import("node:sqlite")
    | undefined;
  if (sqlite === undefined) {
    throw new Error(`this Node (${process.version}) has no node:sqlite; 22.18 or later has`);
  }
  const database = new sqlite.DatabaseSync(path);
  try {
    database.exec(SETTINGS);
    database.exec(TABLES);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function fileOver(database: DatabaseSync): JournalFile {
  const statements = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };
  const transaction = (work: () => void) => {
    database.exec("BEGIN IMMEDIATE");
    try {
      work();
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  };
  const insert = (event: SystemEvent, shift: number) => {
    const stamped = shift === 0 ? event : { ...event, seq: event.seq + shift };
    sql("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?)").run(
      stamped.seq,
      stamped.timeMs,
      stamped.type,
      "module" in stamped ? stamped.module : null,
      JSON.stringify(stamped),
    );
  };

  const intend = (instance: string, incarnation: number) => {
    sql(`INSERT INTO intents VALUES (?, ?) ON CONFLICT (instance)
         DO UPDATE SET incarnation = max(incarnation, excluded.incarnation)`).run(
      instance,
      incarnation,
    );
  };

  return {
    lastSeq: () => Number(sql("SELECT max(seq) AS seq FROM events").get()?.["seq"] ?? 0),
    append(events, shift) {
      const [first] = events;
      if (events.length === 1 && first !== undefined) return insert(first, shift);
      transaction(() => {
        for (const event of events) insert(event, shift);
      });
    },
    intend,
    intendAll(intents) {
      if (intents.size === 0) return;
      transaction(() => {
        for (const [instance, incarnation] of intents) intend(instance, incarnation);
      });
    },
    intents: () => intentsOf(database),
    query(query) {
      const { text, values } = queryText(query);
      // Not kept: its text differs with the number of types asked for.
      const rows = database.prepare(text).all(...values);
      return rows.reverse().map((row) => JSON.parse(String(row["body"])) as SystemEvent);
    },
    remember(key, value) {
      sql("INSERT OR REPLACE INTO facts VALUES (?, ?)").run(key, JSON.stringify(value));
    },
    recall(key) {
      const row = sql("SELECT value FROM facts WHERE key = ?").get(key);
      return row === undefined ? null : (JSON.parse(String(row["value"])) as JsonObject);
    },
    prune(seqMin, timeMsMin) {
      // Events are in order of time but for jumps of the clock: only the oldest are looked at.
      sql(`DELETE FROM events WHERE seq IN (
             SELECT seq FROM (SELECT seq, time_ms FROM events ORDER BY seq LIMIT ?)
             WHERE seq <= ? OR time_ms < ?)`).run(PRUNE_AT_ONCE, seqMin, timeMsMin);
    },
    salvage: (wanted) => (wanted ? salvageFrom(database) : null),
    close() {
      statements.clear();
      if (database.isOpen) database.close();
    },
  };
}

/** What can be read where nothing can be written, and not even shared memory be had; else nothing. */
export function intentsWithoutRoom(path: string): ReadonlyMap<string, number> {
  const sqlite = process.getBuiltinModule("node:sqlite") as
    | typeof import("node:sqlite")
    | undefined;
  if (sqlite === undefined || !existsSync(path)) return new Map();
  let database: DatabaseSync | null = null;
  try {
    database = new sqlite.DatabaseSync(path);
    // https://www.sqlite.org/wal.html#noshm
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    return intentsOf(database);
  } catch {
    // Then only those that live tell their numbers.
    return new Map();
  } finally {
    database?.close();
  }
}

function queryText(query: JournalQuery): { text: string; values: SQLInputValue[] } {
  const conditions = ["seq > ?"];
  const values: SQLInputValue[] = [query.afterSeq ?? 0];
  if (query.sinceMs !== undefined) {
    conditions.push("time_ms >= ?");
    values.push(query.sinceMs);
  }
  if (query.module !== undefined) {
    conditions.push("module = ?");
    values.push(query.module);
  }
  if (query.types !== undefined) {
    conditions.push(`type IN (${query.types.map(() => "?").join(", ")})`);
    values.push(...query.types);
  }
  values.push(Math.min(query.limit ?? 1000, QUERY_MAX));
  const where = conditions.join(" AND ");
  return { text: `SELECT body FROM events WHERE ${where} ORDER BY seq DESC LIMIT ?`, values };
}

function intentsOf(database: DatabaseSync): Map<string, number> {
  const rows = database.prepare("SELECT instance, incarnation FROM intents").all();
  return new Map(rows.map((row) => [String(row["instance"]), Number(row["incarnation"])]));
}

function salvageFrom(database: DatabaseSync): Salvage {
  const rest = <T>(read: () => T, nothing: T): T => {
    try {
      return read();
    } catch {
      // This table is the damaged one; the file is kept, and `state` says that it was damaged.
      return nothing;
    }
  };
  return {
    intents: rest(() => intentsOf(database), new Map()),
    facts: rest(() => {
      const rows = database.prepare("SELECT key, value FROM facts").all();
      return new Map(rows.map((row) => [String(row["key"]), String(row["value"])]));
    }, new Map()),
  };
}

/** Returns the name under which it is kept; the oldest beyond a few are deleted. */
function moveAside(path: string, wallMs: number): string {
  const name = `${basename(path)}.corrupt-${new Date(wallMs).toISOString().replace(/[:.]/g, "-")}`;
  renameSync(path, join(dirname(path), name));
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
  const older = readdirSync(dirname(path))
    .filter((found) => found.startsWith(`${basename(path)}.corrupt-`))
    .sort()
    .slice(0, -DAMAGED_KEPT_MAX);
  for (const found of older) rmSync(join(dirname(path), found), { force: true });
  return name;
}
