// fake-control.ts: an orchestrator made of glass behind a control port; it counts what it is asked to do.
import type {
  Json,
  ModuleDescription,
  ModuleStatus,
  OrchestratorEvent,
  SystemDescription,
  SystemEvent,
  SystemStatusReport,
} from "@skelly-jelly/contract";
import type { ControlPort } from "../ports.ts";

const CHANGES = new Set(["start", "stop", "restart", "recover", "config-set", "config-replace"]);

export type FakeControl = {
  connect(): Promise<ControlPort>;
  /** Verbs that change something, in the order they came. */
  readonly changes: string[];
  readonly asked: string[];
  publish(event: OrchestratorEvent): SystemEvent;
  set(id: string, change: Partial<ModuleStatus>): void;
  /** Everyone's connection breaks; with `stay` nobody gets a new one. */
  hangUp(options?: { readonly stay: boolean }): void;
  comeBack(): void;
};

export function fakeControl(ids: readonly string[] = ["database", "api"]): FakeControl {
  const events: SystemEvent[] = [];
  const followers = new Set<(event: SystemEvent) => void>();
  const ports = new Set<() => void>();
  const asked: string[] = [];
  const changes: string[] = [];
  const modules = new Map(
    ids.map((id, index) => [id, statusOf(id, ids.slice(0, index).slice(-1))]),
  );
  let config: Json = { size: 5, password: "hunter2-hunter2", key: "env:KEY" };
  let version = 1;
  let gone = false;

  const module = (name: Json | undefined): ModuleStatus => {
    const found = modules.get(String(name));
    if (found !== undefined) return found;
    throw fault("NO_SUCH_MODULE", `There is no module '${String(name)}'.`);
  };
  const answer = (verb: string, args: Readonly<Record<string, Json>>): Json => {
    switch (verb) {
      case "status":
        return report([...modules.values()]) as unknown as Json;
      case "describe":
        return described([...modules.values()]) as unknown as Json;
      case "config-state":
        return { version, config };
      case "config-replace":
        config = args["config"] ?? {};
        version += 1;
        return { version, outcome: "applied" };
      case "recover":
        throw fault("RESTARTS_SPENT", "It failed again.");
      default:
        return module(args["module"]) as unknown as Json;
    }
  };

  return {
    asked,
    changes,
    publish(event) {
      const stamped = { ...event, seq: events.length + 1, timeMs: 1_000 + events.length };
      events.push(stamped);
      for (const tell of followers) tell(stamped);
      return stamped;
    },
    set: (id, change) => void modules.set(id, { ...module(id), ...change }),
    hangUp({ stay } = { stay: false }) {
      gone = stay;
      for (const close of [...ports]) close();
    },
    comeBack() {
      gone = false;
    },
    async connect() {
      if (gone) throw fault("NOT_RUNNING", "Nothing is running.");
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      const own = new Set<(event: SystemEvent) => void>();
      const close = (): void => {
        ports.delete(close);
        for (const tell of own) followers.delete(tell);
        resolve();
      };
      ports.add(close);
      return {
        closed,
        close,
        async request(verb, args = {}, { onItem = () => {} } = {}) {
          asked.push(verb);
          if (CHANGES.has(verb)) changes.push(verb);
          if (verb !== "events") return answer(verb, args);
          const { afterSeq, types, follow } = args;
          for (const event of events) {
            if (typeof afterSeq === "number" && event.seq <= afterSeq) continue;
            if (Array.isArray(types) && !types.includes(event.type)) continue;
            onItem(event as unknown as Json);
          }
          if (follow !== true) return {};
          const tell = (event: SystemEvent): void => onItem(event as unknown as Json);
          own.add(tell);
          followers.add(tell);
          await closed;
          throw fault("CONNECTION_CLOSED", "The orchestrator closed the connection.");
        },
      };
    },
  };
}

const fault = (code: string, message: string): Error => Object.assign(new Error(message), { code });

const SINCE = "2026-01-01T00:00:00.000Z";

function statusOf(id: string, dependsOn: readonly string[]): ModuleStatus {
  return {
    id,
    runner: "process",
    required: true,
    desired: "up",
    state: "running",
    health: "healthy",
    issues: [],
    level: "full",
    since: SINCE,
    incarnation: 1,
    restarts: 0,
    pid: 100,
    exit: null,
    dependsOn,
    waitingFor: [],
    blockedBy: null,
    readyMs: 120,
    failure: null,
    stopReason: null,
    nextAttemptAt: null,
    configVersion: 1,
    enforcement: "none",
    usage: { cpuPercent: 1.5, memoryBytes: 1_000_000, fileHandles: 3, threads: null },
    metrics: { queueDepth: 4 },
    hidden: id.startsWith("skelly:"),
  };
}

function report(modules: readonly ModuleStatus[]): SystemStatusReport {
  const own = { pid: 1, version: "0.1.0", rssBytes: 1, cpuPercent: 0.1, adopted: 0 };
  return {
    system: "shop",
    status: "healthy",
    reasons: [],
    since: SINCE,
    uptimeMs: 1_000,
    orchestrator: { ...own, journal: "available", bus: "none" },
    modules,
  };
}

function described(modules: readonly ModuleStatus[]): SystemDescription {
  const known = modules.map(({ id, dependsOn }) => ({
    id,
    dependsOn: dependsOn.map((on) => ({
      on,
      condition: "healthy",
      whenDown: "pause",
      whenDegraded: "ignore",
    })),
    run: { kind: "command", argv: ["true"] },
    required: true,
    task: false,
  }));
  const modulesKnown = known as unknown as readonly ModuleDescription[];
  return { name: "shop", modules: modulesKnown } as unknown as SystemDescription;
}
