// play.ts: the user's own system in a world made of glass: the real core, virtual time, deeds at their times.
import type { SystemDescriptor, SystemEvent, SystemStatusReport } from "@skelly-jelly/contract";
import { type Behaviour, SimClock, seededRandom, World } from "@skelly-jelly/orchestrator/testkit";
import type { Deed } from "./deed.ts";

export type Told =
  | { readonly atMs: number; readonly deed: Deed }
  | { readonly atMs: number; readonly event: SystemEvent };

export type Played = {
  /** How the start ended: `up`, or why not. */
  readonly started: string;
  readonly told: readonly Told[];
  readonly status: SystemStatusReport;
  /** How long each module was not running after it first was, ms. */
  readonly downMs: ReadonlyMap<string, number>;
};

export type Play = {
  readonly system: SystemDescriptor;
  readonly deeds: readonly Deed[];
  readonly forMs: number;
  readonly seed: number;
  /** How long a module takes to be ready, ms; from its last real start where there was one. */
  readonly readyMs: (module: string) => number;
};

const CRASH_AFTER_MS = 1000;
/** Time moves in strides, so that what follows from what is told in order. */
const STRIDE_MS = 1000;
const TASK_TAKES_MS = 100;
const WELL = { status: "healthy", issues: [], numbers: {} } as const;

export async function play({ system, deeds, forMs, seed, readyMs }: Play): Promise<Played> {
  const clock = new SimClock();
  const world = new World(system.modules, {
    settings: system.orchestrator,
    random: seededRandom(seed),
    clock,
  });
  const ills = new Map<string, "hang" | "crash">();
  for (const { id, task, instances } of system.modules) {
    const names =
      instances === 1 ? [id] : Array.from({ length: instances }, (_, n) => `${id}#${n + 1}`);
    for (const name of names) world.runner.behave(name, behaviour(id, task, ills, readyMs));
    world.probes.set(id, () =>
      ills.get(id) === "hang"
        ? { ok: false, tookMs: 0, message: "no answer" }
        : { ok: true, tookMs: 1 },
    );
  }
  const told: Told[] = [];
  world.orchestrator.onEvent((event) => told.push({ atMs: clock.nowMs(), event }));
  await world.start(0);
  const queue = [...deeds].sort((a, b) => a.atMs - b.atMs);
  while (clock.nowMs() < forMs) {
    const next = Math.min(queue[0]?.atMs ?? forMs, clock.nowMs() + STRIDE_MS, forMs);
    await clock.advance(Math.max(0, next - clock.nowMs()));
    for (let due = queue[0]; due !== undefined && due.atMs <= clock.nowMs(); due = queue[0]) {
      queue.shift();
      told.push({ atMs: clock.nowMs(), deed: due });
      act(due, world, ills);
      await clock.advance(0);
    }
  }
  const started = await Promise.race([world.started, Promise.resolve("still starting")]);
  return { started, told, status: world.orchestrator.status(), downMs: downTimes(told, forMs) };
}

/** Read anew at every question, so that an illness that begins later is felt at once. */
function behaviour(
  id: string,
  task: boolean,
  ills: ReadonlyMap<string, string>,
  readyMs: Play["readyMs"],
): Behaviour {
  return {
    readyAfterMs: readyMs(id),
    get health(): "mute" | typeof WELL {
      return ills.get(id) === "hang" ? "mute" : WELL;
    },
    get exitsAfterMs(): number | undefined {
      if (task) return TASK_TAKES_MS;
      return ills.get(id) === "crash" ? CRASH_AFTER_MS : undefined;
    },
    exitCode: task ? 0 : 1,
  } as Behaviour;
}

function act({ kind, module }: Deed, world: World, ills: Map<string, "hang" | "crash">): void {
  const { orchestrator, runner } = world;
  const lives = runner.lives.filter(
    ({ instance, endedMs }) => endedMs === null && instance.replace(/#\d+$/, "") === module,
  );
  const ignore = (): void => {
    // What came of it is told by the events.
  };
  if (kind === "kill") for (const life of lives) life.end(null, "SIGKILL");
  if (kind === "hang") ills.set(module, kind);
  if (kind === "crash") {
    ills.set(module, kind);
    for (const life of lives) life.end(1);
  }
  if (kind === "mend") ills.delete(module);
  if (kind === "stop") orchestrator.stopModule(module).catch(ignore);
  if (kind === "restart") orchestrator.restartModule(module).catch(ignore);
}

function downTimes(told: readonly Told[], untilMs: number): ReadonlyMap<string, number> {
  const down = new Map<string, number>();
  const since = new Map<string, number>();
  for (const each of told) {
    if (!("event" in each) || each.event.type !== "module-state-changed") continue;
    const { module, from, to } = each.event;
    if (from === "running" && to !== "completed" && to !== "paused") since.set(module, each.atMs);
    const began = since.get(module);
    if (to !== "running" || began === undefined) continue;
    since.delete(module);
    down.set(module, (down.get(module) ?? 0) + each.atMs - began);
  }
  for (const [module, began] of since) down.set(module, (down.get(module) ?? 0) + untilMs - began);
  return down;
}
