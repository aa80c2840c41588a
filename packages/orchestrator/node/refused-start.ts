// refused-start.ts: the start of a module that its runner cannot run.
import { failure } from "@skelly-jelly/contract";
import type { RunnerFact, RunningModule } from "../ports/module-runner.ts";

/** Tells it as a fact, after the caller has returned. */
export function refuseStart(
  module: string,
  reason: string,
  tell: (fact: RunnerFact) => void,
): RunningModule {
  const why = failure("SPAWN_FAILED", { module, reason });
  queueMicrotask(() => tell({ kind: "spawn-failed", failure: why }));
  return { tell: () => false, signal() {}, kill() {}, freeze: () => false };
}
