// main-thread.ts: a module in the worker host's main thread: what `run: in-process` means under the command.
import type { ThreadReport } from "@skelly-jelly/contract";
import { type Environment, readEnvironment } from "./identity.ts";
import { loadDefinition } from "./load-definition.ts";
import { moduleLog } from "./module-log.ts";
import { runHere } from "./run-here.ts";
import { spoolWriter } from "./spool-writer.ts";
import type { Thread, ThreadStart } from "./threads.ts";

/** `endHost`: a function that runs can only be ended with its process. */
export function startInMainThread(
  { instance, incarnation, entry, outPath, errPath }: ThreadStart,
  env: Environment,
  tell: (report: ThreadReport) => void,
  endHost: (why: string) => void,
): Thread {
  const name = { instance, incarnation };
  const out = spoolWriter(outPath);
  const err = outPath === errPath ? out : spoolWriter(errPath);
  const log = moduleLog(
    (line) => out.write(`${line}\n`),
    (line) => err.write(`${line}\n`),
  );
  const ended = (code: number, message: string | null): void => {
    out.close();
    if (err !== out) err.close();
    tell({ type: "thread-ended", ...name, code, message, outOfMemory: false });
  };
  const environment = readEnvironment(env, process.pid);
  const life =
    typeof environment === "string"
      ? environment
      : runHere({
          // Two modules of one file share nothing, as they would not in threads or processes.
          definition: loadDefinition(entry, `${instance}/${incarnation}`),
          environment,
          log,
          ownThread: false,
        });
  queueMicrotask(() => {
    tell({ type: "thread-spawned", ...name });
    if (typeof life === "string") ended(1, life);
  });
  if (typeof life !== "string") {
    void life.ended.then(({ code, message }) => ended(code, message));
  }
  return {
    ...name,
    terminate: () => endHost(`'${instance}' did not stop, and runs in the host's main thread`),
    // The main thread's time and heap are shared with the host.
    usage: async () => ({ ...name, cpuPercent: null, heapBytes: null, eventLoopUtilization: null }),
  };
}
