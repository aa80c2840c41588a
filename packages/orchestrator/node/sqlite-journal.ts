// sqlite-journal.ts: the journal in a SQLite file. Never throws: what fails shows in `state`.
import type { JsonObject, SystemEvent } from "@skelly-jelly/contract";
import type { Clock, Timer } from "../ports/clock.ts";
import { type Journal, memoryJournal } from "../ports/journal.ts";
import { type IntentReserve, openIntentReserve } from "./intent-reserve.ts";
import {
  intentsWithoutRoom,
  isDamage,
  type JournalFile,
  openJournalFile,
  type Salvage,
} from "./journal-file.ts";

export type SqliteJournalOptions = {
  readonly path: string;
  readonly clock: Clock;
  readonly eventsMax?: number;
  readonly ageMaxMs?: number;
  /** First wait before an unavailable file is tried again; doubles up to a minute. */
  readonly retryMs?: number;
};

const DAY_MS = 86_400_000;
const DEFAULTS = { eventsMax: 100_000, ageMaxMs: 30 * DAY_MS, retryMs: 2000 };
const RETRY_MAX_MS = 60_000;
/** Events kept while the file cannot be written. */
const WAITING_MAX = 1000;
const PRUNE_EVERY = 1000;

export function createSqliteJournal(options: SqliteJournalOptions): Journal {
  const { path, clock, eventsMax, ageMaxMs, retryMs } = { ...DEFAULTS, ...options };
  const intents = new Map<string, number>();
  /** What has not reached the file; everything else is read from there. */
  const waiting = { events: [] as SystemEvent[], facts: new Map<string, JsonObject>() };
  let lost = 0;
  let lostTotal = 0;
  let file: JournalFile | null = null;
  let reserve: IntentReserve | null = null;
  let state = "unavailable: not opened yet";
  let damageNotice = "";
  let lastSeq = 0;
  let storedSeq = 0;
  /** Added to a sequence number that the file has already given to another event. */
  let shift = 0;
  let sincePruned = 0;
  let nextRetryMs = retryMs;
  let retry: Timer | null = null;
  let closed = false;

  const available = () => {
    const lostNotice =
      lostTotal === 0 ? "" : `; ${lostTotal} events were lost while it could not be written`;
    state = `available${damageNotice}${lostNotice}`;
  };

  const failed = (error: unknown) => {
    const salvage = file?.salvage(isDamage(error)) ?? null;
    file?.close();
    file = null;
    if (isDamage(error) && salvage !== null) return begin(error, salvage);
    state = `unavailable: ${(error as Error).message}`;
    if (closed || retry !== null) return;
    retry = clock.after(nextRetryMs, () => {
      retry = null;
      begin(null, null);
    });
    nextRetryMs = Math.min(RETRY_MAX_MS, nextRetryMs * 2);
  };

  const learn = (known: ReadonlyMap<string, number>) => {
    for (const [instance, k] of known)
      intents.set(instance, Math.max(k, intents.get(instance) ?? 0));
  };

  const begin = (damage: unknown, salvage: Salvage | null) => {
    try {
      openReserve();
      const opened = openJournalFile(path, clock.wallMs(), damage, salvage);
      if (opened.keptAs !== null) {
        damageNotice = `; the damaged journal was kept as ${opened.keptAs}`;
      }
      const next = opened.file;
      file = next;
      storedSeq = next.lastSeq();
      lastSeq = Math.max(lastSeq, storedSeq);
      const stored = next.intents();
      const newer = [...intents].filter(([instance, k]) => k > (stored.get(instance) ?? 0));
      next.intendAll(new Map(newer));
      reserve?.clear();
      learn(stored);
      deliver();
    } catch (error) {
      // A file that is damaged even when it was just begun is a broken disk: wait, and try again.
      file?.close();
      file = null;
      failed(isDamage(error) ? new Error((error as Error).message) : error);
    }
  };

  /** While there is room; its content is what an orchestrator before us could not journal. */
  const openReserve = () => {
    if (reserve !== null) return;
    try {
      reserve = openIntentReserve(`${path}-intents`);
      learn(reserve.read());
    } catch {
      // No room, or no right: `state` says so of the journal beside it.
      reserve = null;
    }
  };

  /** Writes what has waited; throws when the file still refuses. */
  const deliver = () => {
    if (file === null) return;
    for (const [key, value] of waiting.facts) file.remember(key, value);
    waiting.facts.clear();
    const late = waiting.events;
    write(late);
    waiting.events = [];
    lostTotal += lost;
    lost = 0;
    nextRetryMs = retryMs;
    available();
  };

  const write = (events: readonly SystemEvent[]) => {
    const first = events[0];
    if (file === null || first === undefined) return;
    if (first.seq + shift <= storedSeq) shift = storedSeq - first.seq + 1;
    file.append(events, shift);
    storedSeq = events.at(-1)!.seq + shift;
    lastSeq = Math.max(lastSeq, storedSeq);
    sincePruned += events.length;
    if (sincePruned < PRUNE_EVERY) return;
    sincePruned = 0;
    file.prune(lastSeq - eventsMax, clock.wallMs() - ageMaxMs);
  };

  const keep = (events: readonly SystemEvent[]) => {
    waiting.events.push(...events);
    lastSeq = Math.max(lastSeq, events.at(-1)?.seq ?? 0);
    const over = waiting.events.length - WAITING_MAX;
    if (over <= 0) return;
    waiting.events.splice(0, over);
    lost += over;
  };

  /** Does it on the file; when that fails, says so and returns `null`. */
  const attempt = <T>(work: (file: JournalFile) => T): T | null => {
    if (file === null) return null;
    try {
      return work(file);
    } catch (error) {
      failed(error);
      return null;
    }
  };

  begin(null, null);
  if (file === null) learn(intentsWithoutRoom(path));

  return {
    get state() {
      return state;
    },
    get lastSeq() {
      return lastSeq;
    },
    append(events) {
      if (events.length === 0 || closed) return;
      const written = attempt(() => {
        write(events);
        return true;
      });
      if (written === true) return;
      keep(events);
      // The failure may have begun a fresh file.
      attempt(() => deliver());
    },
    intend({ instance, incarnation }) {
      intents.set(instance, Math.max(incarnation, intents.get(instance) ?? 0));
      const known = intents.get(instance)!;
      const done = attempt((open) => {
        open.intend(instance, known);
        return true;
      });
      if (done === true) return;
      try {
        reserve?.note(instance, known);
      } catch (error) {
        state = `unavailable: ${(error as Error).message}`;
      }
    },
    incarnations: () => intents,
    query(query) {
      const found = attempt((open) => open.query(query));
      if (found !== null) return found;
      const memory = memoryJournal(WAITING_MAX);
      memory.append(waiting.events);
      return memory.query(query);
    },
    remember(key, value) {
      waiting.facts.set(key, value);
      attempt((open) => {
        open.remember(key, value);
        waiting.facts.delete(key);
      });
    },
    recall(key) {
      return waiting.facts.get(key) ?? attempt((open) => open.recall(key));
    },
    close() {
      closed = true;
      retry?.cancel();
      retry = null;
      file?.close();
      file = null;
      reserve?.close();
      reserve = null;
      state = "closed";
    },
  };
}
