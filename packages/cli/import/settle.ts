// settle.ts: what is left to do when all of a source has been read: names become ids, edges that
// cannot be are named, and the system's own limits make room for its modules'.
import { durationMs, type OrchestratorConfig } from "@skelly-jelly/contract";
import { durationText } from "./amounts.ts";
import type { Draft, DraftEdge, Imported, WritableModule } from "./imported.ts";
import type { Notes } from "./notes.ts";

export type Settled = {
  readonly modules: readonly Draft[];
  readonly orchestrator: OrchestratorConfig;
};

export function settle({ drafts, leftOut }: Imported, notes: Notes): Settled {
  const named = new Map<string, Draft[]>();
  for (const draft of drafts) named.set(draft.name, [...(named.get(draft.name) ?? []), draft]);
  const away = new Set(leftOut.map(({ name }) => name));
  becomeTasks(drafts, named, notes);
  for (const draft of drafts) {
    const edges = draft.edges.flatMap((edge) => targetsOf(draft, edge, { named, away, notes }));
    if (edges.length === 0) continue;
    draft.config.dependsOn = edges.every(([, edge]) => Object.keys(edge).length === 0)
      ? edges.map(([id]) => id)
      : Object.fromEntries(edges);
  }
  return { modules: drafts, orchestrator: roomFor(drafts) };
}

/** Others wait for its end: then it is a task, and what only a service has does not fit. */
function becomeTasks(
  drafts: readonly Draft[],
  named: ReadonlyMap<string, readonly Draft[]>,
  notes: Notes,
): void {
  const awaited = drafts.flatMap(({ edges }) =>
    edges.filter(({ condition }) => condition === "completed"),
  );
  for (const { id, config, line } of awaited.flatMap(({ on }) => named.get(on) ?? [])) {
    config.task = true;
    for (const key of ["ready", "liveness"] as const) {
      if (config[key] === undefined) continue;
      delete config[key];
      if (key === "ready") delete config.startupTimeout;
      const instead = "Others wait for its end, so it is a task: it is done, and never ready.";
      notes.add({ module: id, what: `its ${key} probe`, line, instead });
    }
    if (config.restart === "always") {
      config.restart = "on-failure";
      const instead =
        "Others wait for its end, so it is a task: it is run again only when it failed.";
      notes.add({ module: id, what: "a restart after every end", line, instead });
    }
  }
}

type Edge = { condition?: "started" | "healthy" | "completed"; whenDown?: "restart" | "ignore" };
type Around = {
  readonly named: ReadonlyMap<string, readonly Draft[]>;
  readonly away: ReadonlySet<string>;
  readonly notes: Notes;
};

function targetsOf(
  draft: Draft,
  edge: DraftEdge,
  { named, away, notes }: Around,
): [string, Edge][] {
  const targets = named.get(edge.on) ?? [];
  const drop = (what: string, instead: string): [] => {
    notes.add({ module: draft.id, what, line: edge.line, instead });
    return [];
  };
  if (targets.length === 0) {
    const why = away.has(edge.on) ? "which is not imported" : "which is not in the file";
    const instead = "It starts without waiting. Make sure that what it needs is there.";
    return drop(`its dependency on '${edge.on}', ${why}`, instead);
  }
  return targets.flatMap((target) => {
    if (!takesPartWith(draft.config, target.config)) {
      const only = (target.config.profiles ?? []).join(", ");
      return drop(
        `its dependency on '${target.id}'`,
        `'${target.id}' takes part only in the profile ${only}, and this one also without it.`,
      );
    }
    const condition =
      edge.condition === "healthy" && target.config.task === true ? "completed" : edge.condition;
    const usual = target.config.task === true ? "completed" : "healthy";
    const written: Edge = {
      ...(condition !== usual && { condition }),
      ...(edge.whenDown !== undefined && { whenDown: edge.whenDown }),
    };
    return [[target.id, written]];
  });
}

/** Whenever the one takes part, so does the other. */
const takesPartWith = (one: WritableModule, other: WritableModule): boolean => {
  const { profiles: others = [] } = other;
  const { profiles: own = [] } = one;
  return others.length === 0 || (own.length > 0 && own.every((each) => others.includes(each)));
};

const STARTUP_MS = 60_000;
const SHUTDOWN_MS = 30_000;

/** The system may take as long as its slowest module. */
function roomFor(drafts: readonly Draft[]): OrchestratorConfig {
  const longest = (of: (config: WritableModule) => string | number | undefined): number =>
    Math.max(0, ...drafts.map(({ config }) => durationMs(of(config) ?? 0) ?? 0));
  const startup = longest(({ startupTimeout }) => startupTimeout);
  const shutdown = longest(({ stop }) => stop?.timeout);
  return {
    ...(startup > STARTUP_MS && { startupTimeout: durationText(startup) }),
    ...(shutdown > SHUTDOWN_MS && { shutdownTimeout: durationText(shutdown) }),
  };
}
