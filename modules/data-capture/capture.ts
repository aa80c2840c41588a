// capture.ts: puts sources, queue and delivery together; knows nothing of buses and orchestrators.
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RawBundle, RawEvent, SourceId } from "@skelly-jelly/events";
import type { CaptureConfig } from "./config.ts";
import { createDelivery } from "./delivery.ts";
import type { QueueCounters } from "./event-queue.ts";
import { createEventQueue } from "./event-queue.ts";
import type { Session } from "./session.ts";
import { parseSession, sessionAt } from "./session.ts";
import type { Captured, Gate, Sink, Source } from "./source.ts";
import { isActivity } from "./source.ts";
import { createFileActivity } from "./sources/file-activity.ts";
import { createProcessLoad } from "./sources/process-load.ts";
import { createReplay } from "./sources/trace-replay.ts";
import { createX11Input } from "./sources/x11-input.ts";
import { createX11Window } from "./sources/x11-window.ts";

const PROCESSES_EVERY = 3;
const POINTER_EVERY_MS = 500;
const REPLAY_TICK_MS = 50;
/** A replay keeps this much of the queue free. */
const REPLAY_FULLNESS_MAX = 0.5;
/** A tick that comes this late is a pause, not time that the replay missed. */
const REPLAY_STEP_MAX_MS = 1000;
const SESSION_SAVE_MS = 60_000;
const NO_WINDOWS = {
  ok: false,
  reason: "it needs the source x11-window, which is not running",
} as const;

type Log = {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
};

export type CapturePorts = {
  readonly config: CaptureConfig;
  readonly dataDirectory: string;
  /** A replay begins when this says so. */
  mayReplay(): boolean;
  /** Share of the queue from which sources give less. */
  readonly pressedAt: number;
  nowMs(): number;
  request(bundle: RawBundle): Promise<unknown>;
  onStored(bundle: RawBundle): void;
  readonly log: Log;
};

export type Missing = { readonly id: SourceId; readonly reason: string };

export type Capture = {
  readonly running: readonly SourceId[];
  readonly missing: readonly Missing[];
  /** What is to be done again and again. */
  readonly works: readonly { readonly everyMs: number; work(): void | Promise<void> }[];
  counters(): QueueCounters;
  trouble(): string | null;
  replayProgressRatio(): number;
  reduce(on: boolean): void;
  forget(): number;
  stop(lastDeliveryMs: number): Promise<void>;
};

function liveSources(ports: CapturePorts): Source[] {
  const { config, log, nowMs } = ports;
  const gate: Gate = { open: false };
  const onNote = (message: string) => log.warn(message);
  const all: Source[] = [
    createProcessLoad({ everyMs: config.loadEveryMs, processesEvery: PROCESSES_EVERY }),
    createFileActivity({
      folders: config.folders.map((folder) => resolve(folder)),
      ignoredFolders: config.ignoredFolders,
      everyMs: config.filesEveryMs,
      foldersMax: config.foldersMax,
      onNote,
    }),
    createX11Window({
      titles: config.titles,
      ignoredApps: config.ignoredApps,
      gate,
      nowMs,
      onNote,
    }),
    createX11Input({ everyMs: POINTER_EVERY_MS, gate, nowMs, onNote }),
  ];
  return all.filter(({ id }) => config.sources.includes(id));
}

/** Throws when not a single source can be had: a capture that captures nothing is not running. */
export async function createCapture(ports: CapturePorts): Promise<Capture> {
  const { config, log, nowMs } = ports;
  const life = randomUUID().slice(0, 8);
  const queue = createEventQueue(config.queueMax);
  const missing: Missing[] = [];
  const works: { everyMs: number; work(): void | Promise<void> }[] = [];
  let ids = 0;
  let reduced = false;
  const nextId = (): string => `${life}-${(ids++).toString(36)}`;

  const replay =
    config.replay === null
      ? null
      : createReplay({
          ...config.replay,
          file: resolve(config.replay.file),
          runId: life,
          nowMs: nowMs(),
          onNote: (message) => log.warn(message),
        });
  const sessions = openSessions(ports, () => `s-${randomUUID().slice(0, 13)}`);

  const delivery = createDelivery({
    queue,
    nowMs,
    nextId,
    request: ports.request,
    onStored: ports.onStored,
    head: () =>
      replay === null
        ? { sessionId: sessions.current(), clock: "live" }
        : { sessionId: replay.sessionId, clock: "replay" },
    watermarkMs: () => (replay === null ? nowMs() : replay.watermarkMs()),
    onTrouble: (message) => log.warn("storage does not take events", { reason: message }),
  });

  function sinkOf(source: Source): Sink {
    return {
      get pressed() {
        return reduced || queue.fullness() >= ports.pressedAt;
      },
      emit(seen: Captured) {
        if (isActivity(seen.kind)) sessions.active(nowMs());
        const head = { id: nextId(), timeMs: nowMs(), source: source.id };
        queue.push({ ...seen, ...head } as RawEvent);
      },
    };
  }

  const running: Source[] = [];
  if (replay !== null) {
    const opened = await replay.open();
    if (!opened.ok) {
      await replay.close();
      throw new Error(opened.reason);
    }
    log.info("replaying a trace instead of the machine", { ...config.replay });
    let lastMs = performance.now();
    let told = false;
    works.push({
      everyMs: REPLAY_TICK_MS,
      async work() {
        const elapsedMs = performance.now() - lastMs;
        lastMs = performance.now();
        if (!ports.mayReplay()) return;
        await replay.advance(
          Math.min(elapsedMs, REPLAY_STEP_MAX_MS),
          () => queue.fullness() < REPLAY_FULLNESS_MAX,
          (event) => queue.push(event),
        );
        await delivery.run();
        if (replay.done && !told && queue.counters().waiting === 0) {
          told = true;
          log.info("the trace has been played to its end", { ...queue.counters() });
        }
      },
    });
  } else {
    for (const source of liveSources(ports)) {
      const asked = await source.available();
      // Without the windows nobody could tell whether an ignored application is in front.
      const blind = source.id === "x11-input" && !running.some(({ id }) => id === "x11-window");
      const found = asked.ok && blind ? NO_WINDOWS : asked;
      if (!found.ok) {
        missing.push({ id: source.id, reason: found.reason });
        log.info(`source ${source.id} is unavailable: ${found.reason}`);
        continue;
      }
      await source.start(sinkOf(source));
      running.push(source);
      if (source.everyMs > 0) {
        works.push({ everyMs: source.everyMs, work: () => source.sample(nowMs()) });
      }
    }
    if (running.length === 0) {
      const why = missing.map(({ id, reason }) => `${id}: ${reason}`).join("; ");
      throw new Error(`not one source is available (${why || "none is chosen"})`);
    }
    log.info("capturing", { sources: running.map(({ id }) => id) });
    works.push({ everyMs: config.deliverEveryMs, work: () => delivery.run() });
    works.push({ everyMs: SESSION_SAVE_MS, work: () => sessions.save() });
  }

  return {
    running: replay === null ? running.map(({ id }) => id) : ["replay"],
    missing,
    works,
    counters: () => queue.counters(),
    trouble: () => delivery.trouble(),
    replayProgressRatio: () => replay?.progressRatio ?? 0,
    reduce(on) {
      reduced = on;
    },
    forget: () => queue.dropAll(),
    async stop(lastDeliveryMs) {
      for (const source of running.reverse()) {
        source.sample(nowMs());
        await source.stop();
      }
      await replay?.close();
      await within(lastDeliveryMs, delivery.run());
      const lost = queue.dropAll();
      if (lost > 0) log.warn("events that waited are dropped", { lostEvents: lost });
      if (replay === null) sessions.save();
    },
  };
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}

/** The session in force, kept in a file so that it outlives a restart. */
function openSessions(ports: CapturePorts, newId: () => string) {
  const file = join(ports.dataDirectory, "session.json");
  let session: Session | null = null;
  try {
    session = parseSession(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      ports.log.warn("the earlier session is not known", { reason: (error as Error).message });
    }
  }
  session = sessionAt(session, ports.nowMs(), newId);
  return {
    current: (): string => (session === null ? newId() : session.sessionId),
    active(nowMs: number): void {
      session = sessionAt(session, nowMs, newId);
    },
    save(): void {
      mkdirSync(ports.dataDirectory, { recursive: true, mode: 0o700 });
      writeFileSync(file, JSON.stringify(session), { mode: 0o600 });
    },
  };
}
