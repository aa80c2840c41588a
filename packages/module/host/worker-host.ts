// worker-host.ts: the program that holds worker-thread modules; to the orchestrator a module like any other.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineModule } from "../define-module.ts";
import { readEnvironment } from "./identity.ts";
import { processLog, stackOf } from "./module-log.ts";
import { runModule } from "./module-runtime.ts";
import { socketLink } from "./socket-link.ts";
import { steadyOutput } from "./steady-writer.ts";
import { createThreadHost } from "./thread-host.ts";

const EXIT_USAGE = 2;
const SIGNAL_STOP_MS = 10_000;

function main(): void {
  steadyOutput();
  const environment = readEnvironment(process.env, process.pid);
  if (typeof environment === "string" || environment.socketPath === null) {
    processLog.error(typeof environment === "string" ? environment : "SKELLY_CONTROL is not set");
    process.exitCode = EXIT_USAGE;
    return;
  }
  const link = socketLink(environment.socketPath, processLog);
  const endHost = (why: string): void => {
    processLog.error(`the worker host ends: ${why}`);
    process.exit(1);
  };
  const threads = createThreadHost(link, { program: threadProgram(), env: process.env, endHost });
  const host = defineModule({
    name: "workers",
    stop: () => threads.close(),
    health: () => ({ threads: threads.count }),
  });
  const life = runModule(host, link, environment.identity, {
    log: processLog,
    dataDirectory: environment.dataDirectory,
    openBus: null,
  });
  process.on("uncaughtException", (error, origin) => {
    processLog.error(`${origin}: ${stackOf(error)}`);
    process.exit(1);
  });
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => life.stop(SIGNAL_STOP_MS, name));
  }
  void life.ended.then(({ code }) => process.exit(code));
}

/** Beside this program, bundled or as source. */
function threadProgram(): URL {
  const bundled = new URL("./worker-thread.mjs", import.meta.url);
  const source = new URL("./worker-thread.ts", import.meta.url);
  return existsSync(fileURLToPath(bundled)) ? bundled : source;
}

main();
