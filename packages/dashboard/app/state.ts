// state.ts: all that the page knows, and how news change it. Pure.
import type {
  ApiStream,
  ModuleStatus,
  SystemEvent,
  SystemStatusReport,
} from "@skelly-jelly/contract";

export type SystemPart = Omit<SystemStatusReport, "modules">;

export type Connection =
  /** Not heard from the gateway yet. */
  | "connecting"
  | "live"
  /** The gateway lives, the orchestrator does not answer. */
  | "orchestrator-away"
  | "gateway-away"
  | "refused";

export type State = {
  readonly connection: Connection;
  /** When the last word came, epoch milliseconds. */
  readonly heardMs: number | null;
  readonly system: SystemPart | null;
  readonly modules: ReadonlyMap<string, ModuleStatus>;
  /** Oldest first. */
  readonly events: readonly SystemEvent[];
};

export const EVENTS_MAX = 1_000;

export const EMPTY: State = {
  connection: "connecting",
  heardMs: null,
  system: null,
  modules: new Map(),
  events: [],
};

export type News =
  | { readonly name: "connection-is"; readonly data: Connection }
  | { readonly name: "past"; readonly data: readonly SystemEvent[] }
  | { [K in keyof ApiStream]: { readonly name: K; readonly data: ApiStream[K] } }[keyof ApiStream];

export function heard(state: State, news: News, nowMs: number): State {
  switch (news.name) {
    case "connection-is":
      return { ...state, connection: news.data };
    case "connection":
      return { ...state, connection: news.data.connected ? "live" : "orchestrator-away" };
    case "snapshot": {
      const { modules, ...system } = news.data.status;
      return {
        ...state,
        connection: "live",
        heardMs: nowMs,
        system,
        modules: new Map(modules.map((module) => [module.id, module])),
      };
    }
    case "status": {
      const modules = new Map(state.modules);
      for (const module of news.data.modules) modules.set(module.id, module);
      for (const id of news.data.gone) modules.delete(id);
      return { ...state, heardMs: nowMs, system: news.data.system, modules };
    }
    case "past":
      return { ...state, events: merged(news.data, state.events) };
    case "event": {
      const next = { ...state, heardMs: nowMs, events: merged(state.events, [news.data]) };
      return applied(next, news.data);
    }
  }
}

/** Some of it may be known already: a stream that resumes tells again what came meanwhile. */
function merged(
  before: readonly SystemEvent[],
  after: readonly SystemEvent[],
): readonly SystemEvent[] {
  const last = before.at(-1)?.seq ?? 0;
  return [...before, ...after.filter(({ seq }) => seq > last)].slice(-EVENTS_MAX);
}

/** An event shows at once; the full status follows a moment later. */
function applied(state: State, event: SystemEvent): State {
  if (event.type === "system-status-changed" && state.system !== null) {
    return { ...state, system: { ...state.system, status: event.to, reasons: event.reasons } };
  }
  if (event.type !== "module-state-changed" && event.type !== "module-health-changed") return state;
  const module = state.modules.get(event.module);
  if (module === undefined) return state;
  const changed: ModuleStatus =
    event.type === "module-health-changed"
      ? { ...module, health: event.to, issues: event.issues }
      : {
          ...module,
          state: event.to,
          since: new Date(event.timeMs).toISOString(),
          incarnation: event.incarnation,
          failure: event.failure,
          pid: event.to === "running" ? event.pid : module.pid,
        };
  return { ...state, modules: new Map(state.modules).set(module.id, changed) };
}
