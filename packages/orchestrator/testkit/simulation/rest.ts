// rest.ts: when a system is at rest, and what must be true of it then.
import type { InstanceId, ModuleDescriptor, SystemDescriptor } from "@skelly-jelly/contract";
import type { Ledger } from "./ledger.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** Nothing is on its way, as far as states tell. */
export function atRest(world: SimulatedWorld, allUp: boolean): boolean {
  const { ledger, orchestrator } = world;
  if (ledger.status === "starting" && isStarting(ledger)) return false;
  if (ledger.status === "stopping") return false;
  for (const { id } of orchestrator.descriptor.modules) {
    for (const instance of ledger.instances(id))
      if (!isRestful(instance, world, allUp)) return false;
  }
  return true;
}

/** `starting` also means that somebody's health has not been heard of yet. */
function isStarting(ledger: Ledger): boolean {
  for (const { state } of ledger.seen.values()) if (state === "starting") return true;
  return false;
}

/** With all that it needs up, nothing is held back for long: what is degraded comes back by itself. */
function isRestful(instance: InstanceId, world: SimulatedWorld, allUp: boolean): boolean {
  const { ledger } = world;
  const state = ledger.stateOf(instance);
  if (state === "starting" || state === "stopping" || state === "backing-off") return false;
  if (state === "running") {
    return ledger.isUp(instance) && ledger.descriptor(instance)?.task === false;
  }
  if (state === "waiting") return lacks(instance, world, "start", allUp).length > 0;
  if (state === "paused") return lacks(instance, world, "pause", allUp).length > 0;
  return true;
}

/** The dependencies for want of which it rightly is not running. */
function lacks(
  instance: InstanceId,
  world: SimulatedWorld,
  what: "start" | "pause",
  allUp: boolean,
): readonly string[] {
  const { ledger } = world;
  return (ledger.descriptor(instance)?.dependsOn ?? [])
    .filter((edge) => {
      const reaction = what === "start" ? "stop" : "pause";
      if (!allUp && edge.whenDegraded === reaction && isLess(edge.on, world)) return true;
      return what === "start"
        ? !ledger.holds(edge, () => true)
        : edge.whenDown === "pause" && !isThere(edge.on, ledger);
    })
    .map(({ on }) => on);
}

/** It runs, but degraded or at a lower level. */
function isLess(module: string, { ledger, orchestrator }: SimulatedWorld): boolean {
  const instances = ledger.instances(module);
  return orchestrator
    .status(true)
    .modules.some(
      ({ id, state, health, level }) =>
        instances.includes(id) &&
        state === "running" &&
        (health === "degraded" || level !== "full"),
    );
}

const isThere = (module: string, ledger: Ledger): boolean =>
  ledger.instances(module).every((on) => ledger.isUp(on) || ledger.stateOf(on) === "completed");

type Found = { readonly invariant: number; readonly message: string };

/** `allUp`: everything was asked to be up, and nothing goes wrong any more. */
export function restViolations(world: SimulatedWorld, allUp: boolean): readonly Found[] {
  const { ledger, orchestrator, errands } = world;
  const found: Found[] = [];
  if (errands.size > 0) found.push({ invariant: 3, message: "an errand is not answered yet" });
  for (const descriptor of orchestrator.descriptor.modules) {
    for (const instance of ledger.instances(descriptor.id)) {
      for (const one of judged(instance, descriptor, world, allUp)) found.push(one);
    }
  }
  return found;
}

function* judged(
  instance: InstanceId,
  descriptor: ModuleDescriptor,
  world: SimulatedWorld,
  allUp: boolean,
): Iterable<Found> {
  const { ledger, orchestrator, find } = world;
  const state = ledger.stateOf(instance);
  const life = find(instance);
  const held = lacks(instance, world, "start", allUp).join(", ");
  if (!isRestful(instance, world, allUp)) {
    yield {
      invariant: 8,
      message: `'${instance}' is still ${state} (lacks: ${held || "nothing"})`,
    };
  }
  if (allUp && state !== "running" && state !== "completed") {
    yield { invariant: 8, message: `'${instance}' is ${state} (lacks: ${held || "nothing"})` };
  }
  if (state !== "running" || life === undefined) return;
  for (const edge of descriptor.dependsOn) {
    const down = !isThere(edge.on, ledger);
    if (down && (edge.whenDown === "stop" || edge.whenDown === "pause")) {
      const message = `'${instance}' is running, although '${edge.on}' is down and it says ${edge.whenDown}`;
      yield { invariant: 2, message };
    }
    if (!down && edge.whenDown === "restart" && isOlder(instance, edge.on, ledger)) {
      yield { invariant: 2, message: `'${instance}' was not restarted after '${edge.on}' was` };
    }
  }
  const { kind } = descriptor.run;
  const { config } = orchestrator.config(descriptor.id);
  if (
    kind === "entry" &&
    life.talk.greeted &&
    JSON.stringify(life.talk.config) !== JSON.stringify(config)
  ) {
    const has = JSON.stringify(life.talk.config);
    yield {
      invariant: 7,
      message: `'${instance}' runs with ${has}; in force is ${JSON.stringify(config)}`,
    };
  }
}

function isOlder(instance: InstanceId, on: string, ledger: Ledger): boolean {
  const own = ledger.of(instance);
  return (
    !own.adopted &&
    own.reliesOn.includes(on) &&
    ledger.instances(on).some((other) => {
      const seen = ledger.of(other);
      return ledger.isUp(other) && !seen.adopted && seen.order > own.order;
    })
  );
}

/** All that may have to happen one after another, each at its slowest. */
export function restLimitMs({ modules, orchestrator }: SystemDescriptor): number {
  let sumMs = orchestrator.startupTimeoutMs + orchestrator.shutdownTimeoutMs + 60_000;
  for (const { startupTimeoutMs, stop, ladder, liveness } of modules) {
    sumMs += 2 * (startupTimeoutMs + stop.timeoutMs + 5_000 + orchestrator.moduleStartDelayMs);
    for (const rung of ladder) {
      if ("backoffMaxMs" in rung) sumMs += rung.backoffMaxMs;
      if ("returnAfterMs" in rung) sumMs += rung.returnAfterMs;
    }
    if (liveness !== null) sumMs += 4 * (liveness.intervalMs + liveness.timeoutMs);
  }
  return sumMs;
}

/** Nothing is left of anything. */
export function stopViolations({ ledger, fleet, armed }: SimulatedWorld): void {
  const stopped = "the system has stopped, and";
  for (const { instance, incarnation } of fleet.all()) {
    ledger.violated(5, `${stopped} ${instance} life ${incarnation} lives`);
  }
  if (armed > 0) ledger.violated(5, `${stopped} ${armed} timers wait`);
  for (const instance of fleet.held) {
    ledger.violated(5, `${stopped} what was kept for '${instance}' is not released`);
  }
}
