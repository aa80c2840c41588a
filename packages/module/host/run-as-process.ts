// run-as-process.ts: makes this process one module's: its signals, its errors that nobody catches, its end.
import { constants } from "node:os";
import type { ModuleDefinition } from "../define-module.ts";
import { readEnvironment } from "./identity.ts";
import { processLog, stackOf } from "./module-log.ts";
import { runHere } from "./run-here.ts";
import { steadyOutput } from "./steady-writer.ts";

const EXIT_USAGE = 2;
/** The orchestrator's own limit is the one that counts; this one ends a module that was told by hand. */
const SIGNAL_STOP_MS = 30_000;

/** `load` is called only when the environment is that of a module. */
export function runAsProcess(load: () => ModuleDefinition | Promise<ModuleDefinition>): void {
  steadyOutput();
  const environment = readEnvironment(process.env, process.pid);
  if (typeof environment === "string") return refuseProcess(environment);
  const use = { environment, log: processLog, ownThread: true };
  const life = runHere({ ...use, definition: load() });
  if (typeof life === "string") return refuseProcess(life);

  process.on("uncaughtException", (error, origin) => {
    processLog.error(`${origin}: ${stackOf(error)}`);
    process.exit(1);
  });
  let signals = 0;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      signals += 1;
      if (signals > 1) process.exit(128 + constants.signals[name]);
      life.stop(SIGNAL_STOP_MS, name);
    });
  }
  // What the module forgot to put away must not keep it here.
  void life.ended.then(({ code }) => process.exit(code));
}

export function refuseProcess(message: string): void {
  processLog.error(message);
  process.exitCode = EXIT_USAGE;
}
