// log-collector.ts: copies what modules write into their logs, in portions, whenever there is something.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { InstanceId } from "@skelly-jelly/contract";
import type { Timer } from "../ports/clock.ts";
import { safeInstance } from "./instance-path.ts";
import type { LogCollector, LogCollectorOptions } from "./log-collection.ts";
import {
  type Entry,
  keyOf,
  type Log,
  reportOf,
  type Stream,
  spoolsOf,
  type Waiters,
} from "./log-entry.ts";
import { openLogFile } from "./log-file.ts";
import { closeSpool, openSpool, READ_MAX_BYTES, spoolBytes } from "./log-spool.ts";
import { logWaiter } from "./log-waiter.ts";
import { copyPortion, type SpoolCopy, spoolCopy } from "./spool-copy.ts";
import { spoolSpace } from "./spool-space.ts";
import { watchSpool } from "./spool-watch.ts";

const DEFAULTS = { coalesceMs: 25, releaseBytes: 8 * 1024 * 1024, retryMs: 1000 };
/** Copied in one go; then others have their turn. */
const TURN_BYTES = 1024 * 1024;
const CLOSE_BYTES = 16 * 1024 * 1024;
const RETRY_MAX_MS = 30_000;
const DETACH_LIMIT_MS = 10_000;

export function createLogCollector(options: LogCollectorOptions): LogCollector {
  const { directory, clock, onLine, coalesceMs, releaseBytes, retryMs } = {
    ...DEFAULTS,
    ...options,
  };
  const entries = new Map<string, Entry>();
  const logs = new Map<InstanceId, Log>();
  /** By incarnation; whoever waits may come before the incarnation is attached. */
  const waiters = new Map<string, Waiters>();
  const due = new Set<Stream>();
  const space = spoolSpace(releaseBytes);
  const wallMs = () => clock.wallMs();
  let workedAtMs = Number.NEGATIVE_INFINITY;
  let timer: Timer | null = null;
  let immediate: NodeJS.Immediate | null = null;

  const pathOf = (instance: InstanceId) => join(directory, `${safeInstance(instance)}.log`);

  const wake = (entry: Entry, stream: Stream) => {
    due.add(stream);
    const restMs = workedAtMs + coalesceMs - clock.nowMs();
    // The first after a rest is read at once; what follows it waits for company.
    if (restMs <= 0 || entry.waiters.size > 0 || entry.ending !== null) now();
    else timer ??= clock.after(restMs, work);
  };

  const now = () => {
    immediate ??= setImmediate(work);
  };

  const work = () => {
    timer?.cancel();
    timer = null;
    if (immediate !== null) clearImmediate(immediate);
    immediate = null;
    let budget = TURN_BYTES;
    while (due.size > 0 && budget > 0) {
      for (const stream of due) {
        budget -= turn(stream);
        if (budget <= 0) break;
      }
    }
    workedAtMs = clock.nowMs();
    if (due.size > 0) now();
  };

  /** One portion for one spool; returns about how many bytes were read. */
  const turn = (stream: Stream): number => {
    const { entry, copy } = stream;
    const last = entry.ending !== null;
    let read = look(entry, copy, last);
    if (entry.log.failure !== null || entry.log.file === null) {
      if (read > 0) return read;
      due.delete(stream);
      if (entry.waiters.size > 0) stream.watch.arm();
      return 0;
    }
    try {
      const copied = copyPortion(
        copy,
        entry.log.file,
        entry.attachment.instance,
        wallMs,
        last,
        onLine,
      );
      read += copied;
      if (copied > 0) works(entry.log);
      if (read === 0) drained(stream);
      else giveBack(stream);
    } catch (error) {
      due.delete(stream);
      fails(entry.log, error);
    }
    return read;
  };

  const look = (entry: Entry, copy: SpoolCopy, last: boolean): number => {
    let read = 0;
    for (const [waiter, onMatch] of entry.waiters) {
      const seen = waiter.look(copy.spool, copy.releasedBytes, last);
      if (seen !== "nothing") read += READ_MAX_BYTES;
      if (seen !== "matched") continue;
      entry.waiters.delete(waiter);
      onMatch();
    }
    return read;
  };

  const drained = (stream: Stream) => {
    due.delete(stream);
    const { entry, copy, watch } = stream;
    if (entry.ending !== null) {
      if (entry.streams.every((one) => !due.has(one))) finish(entry);
      return;
    }
    // In this order: what comes after the look at the size is told.
    watch.arm();
    if (spoolBytes(copy.spool) !== copy.drainedAt) wake(entry, stream);
  };

  const giveBack = (stream: Stream) => {
    const { copy, entry } = stream;
    // Whoever waits for a line may still have to read from the beginning.
    if (entry.waiters.size > 0 || !entry.streams.includes(stream)) return;
    if (copy.mark.offset - copy.releasedBytes < releaseBytes) return;
    space.release(copy.spool.path, copy.releasedBytes, copy.mark.offset, (to) => {
      copy.releasedBytes = to;
      giveBack(stream);
    });
  };

  const finish = (entry: Entry) => {
    const { outPath, errPath, incarnation } = entry.attachment;
    // The log first: were we killed in between, the marks would say that all of it is copied.
    rmSync(outPath, { force: true });
    rmSync(errPath, { force: true });
    entry.log.file?.forget(incarnation);
    entry.log.file?.commit();
    letGo(entry, true);
  };

  const works = (log: Log) => {
    log.retryMs = retryMs;
  };

  const fails = (log: Log, error: unknown) => {
    log.failure = (error as Error).message;
    log.retry ??= clock.after(log.retryMs, () => {
      log.retry = null;
      log.failure = null;
      for (const entry of entries.values()) if (entry.log === log) resume(entry);
    });
    log.retryMs = Math.min(RETRY_MAX_MS, log.retryMs * 2);
  };

  const resume = (entry: Entry) => {
    try {
      if (entry.streams.length === 0) open(entry);
    } catch (error) {
      return fails(entry.log, error);
    }
    for (const stream of entry.streams) due.add(stream);
    now();
  };

  const waitersOf = (key: string): Waiters => {
    const known = waiters.get(key);
    if (known !== undefined) return known;
    const made: Waiters = new Map();
    waiters.set(key, made);
    return made;
  };

  const open = (entry: Entry) => {
    const { log, attachment } = entry;
    const { incarnation, outPath, errPath, maxSizeBytes, keep } = attachment;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    log.file ??= openLogFile({ path: log.path, maxSizeBytes, keep });
    log.file.configure({ maxSizeBytes, keep });
    const streams: Stream[] = [];
    try {
      for (const [path, name] of spoolsOf(outPath, errPath)) {
        const spool = openSpool(path);
        const { mark, resumed } = log.file.markOf(incarnation, name, spool.inode);
        const watch = watchSpool(path, clock, () => wake(entry, stream));
        const stream: Stream = { copy: spoolCopy(spool, mark, resumed), watch, entry };
        streams.push(stream);
      }
      log.file.commit();
    } catch (error) {
      for (const { copy } of streams) closeSpool(copy.spool);
      throw error;
    }
    entry.streams = streams;
  };

  const letGo = (entry: Entry, done: boolean) => {
    const { instance, incarnation } = entry.attachment;
    for (const stream of entry.streams) {
      due.delete(stream);
      stream.watch.close();
      closeSpool(stream.copy.spool);
    }
    entry.streams = [];
    waiters.delete(keyOf(instance, incarnation));
    entries.delete(keyOf(instance, incarnation));
    if (![...entries.values()].some(({ log }) => log === entry.log)) {
      entry.log.retry?.cancel();
      entry.log.file?.close();
      logs.delete(instance);
    }
    entry.ending?.(done);
  };

  return {
    attach(attachment) {
      const { instance, incarnation } = attachment;
      if (entries.has(keyOf(instance, incarnation))) return;
      let log = logs.get(instance);
      if (log === undefined) {
        const path = pathOf(instance);
        log = { path, file: null, failure: null, retry: null, retryMs };
        logs.set(instance, log);
      }
      const key = keyOf(instance, incarnation);
      const entry = { attachment, log, streams: [], waiters: waitersOf(key), ending: null };
      entries.set(key, entry);
      resume(entry);
    },
    async detach(instance, incarnation) {
      const entry = entries.get(keyOf(instance, incarnation));
      if (entry === undefined || entry.ending !== null) return false;
      return new Promise<boolean>((resolve) => {
        const limit = clock.after(DETACH_LIMIT_MS, () => letGo(entry, false));
        entry.ending = (done) => {
          limit.cancel();
          resolve(done);
        };
        resume(entry);
      });
    },
    waitForLine(instance, incarnation, pattern, onMatch) {
      const key = keyOf(instance, incarnation);
      const waiting = waitersOf(key);
      const waiter = logWaiter(pattern);
      waiting.set(waiter, onMatch);
      for (const stream of entries.get(key)?.streams ?? []) due.add(stream);
      now();
      return () => {
        waiting.delete(waiter);
        if (waiting.size === 0 && !entries.has(key)) waiters.delete(key);
      };
    },
    describe: () => [...entries.values()].map((entry) => reportOf(entry, space.trouble)),
    pathOf,
    close() {
      for (const entry of entries.values()) for (const stream of entry.streams) due.add(stream);
      for (let budget = CLOSE_BYTES; due.size > 0 && budget > 0; ) {
        for (const stream of due) budget -= turn(stream);
      }
      timer?.cancel();
      if (immediate !== null) clearImmediate(immediate);
      due.clear();
      for (const entry of [...entries.values()]) letGo(entry, false);
    },
  };
}
