// step-check.ts: what must be true after every step, whatever has happened in it.
import type { InstanceId } from "@skelly-jelly/contract";
import type { Ledger } from "./ledger.ts";
import type { SimulatedLife } from "./simulated-life.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

export function checkStep({ ledger, clock, orchestrator, errands, fleet }: SimulatedWorld): void {
  const nowMs = clock.nowMs();
  ledger.describe(orchestrator.descriptor);
  for (const [instance, seen] of ledger.seen) {
    if (ledger.descriptor(instance) === undefined) {
      ledger.seen.delete(instance);
      continue;
    }
    const state = orchestrator.getModuleState(instance)?.kind ?? "not-started";
    if (state !== seen.state) {
      ledger.violated(6, `'${instance}' is ${state}, but was last said to be ${seen.state}`);
    }
    if (nowMs > seen.deadlineMs + 1) {
      ledger.violated(3, `'${instance}' has been ${state} for ${nowMs - seen.sinceMs} ms`);
    }
    if (state === "failed" && seen.failureCode !== "NOT_GONE") checkNotHidden(instance, ledger);
  }
  for (const { name, deadlineMs } of errands.open) {
    if (nowMs <= deadlineMs) continue;
    ledger.violated(3, `nobody has answered '${name}' yet, and it is past its limit`);
  }
  for (const life of fleet.all()) checkSeen(life, ledger);
}

/** Whoever lives is somebody's: a record says so. */
function checkSeen(life: SimulatedLife, ledger: Ledger): void {
  const seen = ledger.seen.get(life.instance);
  const alive =
    seen !== undefined &&
    (seen.state === "starting" ||
      seen.state === "running" ||
      seen.state === "paused" ||
      seen.state === "stopping" ||
      (seen.state === "failed" && seen.failureCode === "NOT_GONE"));
  if (alive && seen.incarnation === life.incarnation) return;
  // One that no orchestrator has found yet, or that is being killed, is on its way out.
  if ((life.adoptions === 0 && life.listener === null) || life.killed) return;
  const { instance, incarnation } = life;
  const state = seen?.state ?? "no module";
  ledger.violated(5, `life ${incarnation} of '${instance}' lives, which is ${state}`);
}

function checkNotHidden(instance: InstanceId, ledger: Ledger): void {
  const { status } = ledger;
  if (status !== "healthy" && status !== "degraded") return;
  if (ledger.descriptor(instance)?.required !== true) return;
  ledger.violated(9, `'${instance}' is required and has failed, but the system is ${status}`);
}
