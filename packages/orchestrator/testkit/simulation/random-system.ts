// random-system.ts: a system made from dice: any shape that validation would let pass.
import type {
  Edge,
  ModuleDescriptor,
  Probe,
  ProbeKind,
  Rung,
  SystemDescriptor,
} from "@skelly-jelly/contract";
import { edge, module, system } from "../descriptors.ts";
import type { Dice } from "./dice.ts";
import { HOST } from "./story.ts";

export function randomSystem(dice: Dice): SystemDescriptor {
  const count = dice.likely(0.5) ? dice.whole(1, 6) : dice.whole(1, 20);
  const withHost = dice.likely(0.3);
  const modules: ModuleDescriptor[] = withHost ? [hostModule(dice)] : [];
  for (let nth = 1; nth <= count; nth++) {
    modules.push(randomModule(dice, `m${nth}`, modules, withHost));
  }
  const moduleStartDelayMs = dice.likely(0.2) ? dice.span(1, 2_000) : 0;
  // Even one after another they must be able to be up in time: `validate` refuses the rest.
  const leastMs = modules.reduce((sum, one) => sum + one.instances * (moduleStartDelayMs + 400), 0);
  return system(modules, {
    startupTimeoutMs: leastMs + dice.span(2_000, 120_000),
    shutdownTimeoutMs: dice.span(500, 60_000),
    moduleStartDelayMs,
    parallelStartup: dice.likely(0.8),
    startConcurrency: dice.likely(0.4) ? dice.whole(1, 3) : 32,
    recoveryConcurrency: dice.likely(0.4) ? dice.whole(1, 2) : 4,
    resourceCheckIntervalMs: 600_000,
  });
}

function hostModule(dice: Dice): ModuleDescriptor {
  return { ...randomModule(dice, HOST, [], false), task: false, restart: "always" };
}

/** Depends only on modules that are there before it, so that no loop can arise. */
export function randomModule(
  dice: Dice,
  id: string,
  earlier: readonly ModuleDescriptor[],
  withHost: boolean,
): ModuleDescriptor {
  const task = dice.likely(0.12);
  const speaks = dice.likely(0.7);
  const hosted = withHost && id !== HOST && dice.likely(0.4);
  const edges = randomEdges(dice, earlier);
  const base = module(id, {
    runner: hosted ? "worker" : "process",
    run: speaks
      ? { kind: "entry", file: `/app/${id}.ts` }
      : { kind: "command", argv: [`/app/${id}`] },
    task,
    required: dice.likely(0.6),
    instances: dice.likely(0.12) && id !== HOST ? dice.whole(2, 3) : 1,
    dependsOn: hosted && !edges.some(({ on }) => on === HOST) ? [edge(HOST), ...edges] : edges,
    startupTimeoutMs: dice.span(200, 30_000),
    stop: { signal: "SIGTERM", timeoutMs: dice.span(50, 10_000) },
    ready: task ? null : readyProbe(dice, speaks),
    liveness: task ? null : livenessProbe(dice, speaks),
    restart: dice.weighed([
      [8, "always"],
      [2, "on-failure"],
      [1, "never"],
    ] as const),
    autoRecovery: dice.likely(0.92),
    ladder: randomLadder(dice),
    stableAfterMs: dice.span(1_000, 60_000),
    config: { size: dice.whole(1, 3) },
  });
  return base;
}

export function randomEdges(dice: Dice, earlier: readonly ModuleDescriptor[]): readonly Edge[] {
  const services = earlier.filter(({ task }) => !task);
  const found = new Map<string, Edge>();
  const want = dice.weighed([
    [3, 0],
    [4, 1],
    [2, 2],
    [1, 3],
  ] as const);
  for (let nth = 0; nth < want && earlier.length > 0; nth++) {
    const on = dice.one(dice.likely(0.8) && services.length > 0 ? services : earlier);
    found.set(
      on.id,
      edge(on.id, {
        condition: on.task
          ? "completed"
          : dice.weighed([
              [4, "healthy"],
              [1, "started"],
            ] as const),
        whenDown: dice.one(["wait", "pause", "degrade", "restart", "stop", "ignore"] as const),
        whenDegraded: dice.one(["wait", "pause", "degrade", "restart", "stop", "ignore"] as const),
      }),
    );
  }
  return [...found.values()];
}

const probe = (dice: Dice, ask: ProbeKind): Probe => ({
  ask,
  intervalMs: dice.span(1_000, 30_000),
  timeoutMs: dice.span(100, 5_000),
  threshold: dice.whole(1, 3),
  successThreshold: dice.whole(1, 2),
});

const URL_PROBE = { kind: "http", url: "http://127.0.0.1/", status: [200, 299] } as const;

function readyProbe(dice: Dice, speaks: boolean): Probe | null {
  if (speaks && dice.likely(0.85)) return probe(dice, { kind: "module" });
  return dice.weighed<Probe | null>([
    [2, null],
    [2, probe(dice, URL_PROBE)],
    [1, probe(dice, { kind: "log", pattern: "ready" })],
    [1, probe(dice, { kind: "notify-fd", fd: 3 })],
  ]);
}

function livenessProbe(dice: Dice, speaks: boolean): Probe | null {
  if (dice.likely(0.25)) return null;
  return probe(dice, speaks ? { kind: "module" } : URL_PROBE);
}

function randomLadder(dice: Dice): readonly Rung[] {
  const restart = (kind: "restart" | "restart-with-reset"): Rung => ({
    kind,
    attempts: dice.whole(1, 4),
    backoffMs: dice.span(50, 10_000),
    backoffMaxMs: dice.span(10_000, 60_000),
    windowMs: dice.span(60_000, 600_000),
  });
  const rungs: Rung[] = [];
  if (dice.likely(0.9)) rungs.push(restart("restart"));
  if (dice.likely(0.3)) rungs.push(restart("restart-with-reset"));
  if (dice.likely(0.25)) {
    rungs.push({
      kind: "degraded-mode",
      level: "reduced",
      returnAfterMs: dice.span(1_000, 60_000),
    });
  }
  if (dice.likely(0.08)) rungs.push({ kind: "system-restart", attempts: 1, windowMs: 600_000 });
  if (dice.likely(0.8)) rungs.push({ kind: "manual" });
  return rungs;
}
