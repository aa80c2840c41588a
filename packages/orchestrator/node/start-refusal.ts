// start-refusal.ts: a start that comes to nothing, in words.
import { type Failure, failure } from "@skelly-jelly/contract";
import type { RunnerFact, RunningModule, StartRequest } from "../ports/module-runner.ts";

export const spawnFailed = ({ instance }: StartRequest, reason: string): Failure =>
  failure("SPAWN_FAILED", { module: instance, reason });

/** The shell's `no WHAT`, in words. */
export function shellRefusal(request: StartRequest, what: string): Failure {
  const { cwd, limits } = request.descriptor;
  const reasons: Record<string, string> = {
    cwd: `its folder ${cwd} cannot be entered`,
    fileHandles: `the limit of ${limits.fileHandles} file handles cannot be set`,
    output: "its output files cannot be opened",
  };
  return spawnFailed(request, reasons[what] ?? what);
}

/** One fact, after we have returned. */
export function refuse(report: (fact: RunnerFact) => void, why: Failure): RunningModule {
  setImmediate(() => report({ kind: "spawn-failed", failure: why }));
  return { tell: () => false, signal() {}, kill() {}, freeze: () => false };
}
