// process-host.ts: the program that runs one module in a process of its own: `process-host.mjs <entry file>`.

import { constants } from "node:os";
import { resolve } from "node:path";
import { readEnvironment } from "./identity.ts";
import { processLog, stackOf } from "./module-log.ts";
import type { ModuleLife } from "./module-runtime.ts";
import { runEntry } from "./run-entry.ts";

const EXIT_USAGE = 2;
/** The orchestrator's own limit is the one that counts; this one ends a module that was told by hand. */
const SIGNAL_STOP_MS = 30_000;

function main(entry: string | undefined): void {
  const life = entry === undefined ? "usage: process-host.mjs <entry file>" : begin(entry);
  if (typeof life === "string") {
    processLog.error(life);
    process.exitCode = EXIT_USAGE;
    return;
  }
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

function begin(entry: string): ModuleLife | string {
  const environment = readEnvironment(process.env, process.pid);
  if (typeof environment === "string") return environment;
  return runEntry({ entry: resolve(entry), environment, log: processLog, ownThread: true });
}

main(process.argv[2]);
