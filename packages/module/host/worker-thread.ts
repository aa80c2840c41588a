// worker-thread.ts: what runs in a worker thread: one module, linked by the control socket or by a port.
import { type MessagePort, workerData } from "node:worker_threads";
import type { EventBus } from "@skelly-jelly/event-bus";
import type { ModuleLog } from "../define-module.ts";
import { portLink } from "./control-link.ts";
import { readEnvironment } from "./identity.ts";
import { loadDefinition } from "./load-definition.ts";
import { moduleLog, processLog } from "./module-log.ts";
import { runHere } from "./run-here.ts";
import { spoolWriter } from "./spool-writer.ts";
import { divert } from "./steady-writer.ts";
import type { ThreadData } from "./thread-data.ts";

function main(data: ThreadData): void {
  const out = data.outPath === null ? null : spoolWriter(data.outPath);
  const err = data.errPath === null ? null : spoolWriter(data.errPath);
  if (out !== null && err !== null) {
    // Straight to the file: a thread's own stdout passes through the host's event loop and dies with the thread.
    divert(process.stdout, asText(out.write));
    divert(process.stderr, asText(err.write));
  }
  const log =
    out === null || err === null
      ? processLog
      : moduleLog(
          (line) => out.write(`${line}\n`),
          (line) => err.write(`${line}\n`),
        );
  const environment = readEnvironment(process.env, process.pid);
  if (typeof environment === "string") throw new Error(environment);
  const { control, bus } = data;
  const life = runHere({
    definition: loadDefinition(data.entry),
    environment,
    log,
    ownThread: true,
    ...(control !== null && { link: portLink(control) }),
    ...(control !== null && { openBus: bus === null ? null : () => openPortBus(bus, log) }),
  });
  if (typeof life === "string") throw new Error(life);
  process.on("exit", () => {
    out?.close();
    err?.close();
  });
  void life.ended.then(({ code }) => process.exit(code));
}

async function openPortBus(port: MessagePort, log: ModuleLog): Promise<EventBus<any>> {
  const { portBus } = await import("@skelly-jelly/event-bus");
  return portBus(port, { onError: (error) => log.error("event bus", { error }) });
}

function asText(write: (text: string) => void): (chunk: string | Uint8Array) => void {
  const decoder = new TextDecoder();
  return (chunk) =>
    write(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
}

main(workerData as ThreadData);
