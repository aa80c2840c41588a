// bus-projection.ts: what happens is told on the bus, for all to see; what modules report there is heard.
import { type Severity, type SystemEvent, subjectOf } from "@skelly-jelly/contract";
import { connectBus, type EventBus } from "@skelly-jelly/event-bus";
import type { Orchestrator } from "@skelly-jelly/orchestrator/internal";
import { type BusFile, busUrl, ORCHESTRATOR_USER, token } from "./bus-users.ts";

export type BusProjection = { close(): void };

const SEVERITIES: readonly string[] = ["low", "medium", "high", "critical"] satisfies Severity[];

/** Connects when the hub is there, and again when it is back; supervision never waits for it. */
export async function projectToBus(
  orchestrator: Orchestrator,
  file: BusFile,
  log: (message: string) => void,
): Promise<BusProjection> {
  const system = orchestrator.descriptor.name;
  const url = busUrl(file, ORCHESTRATOR_USER);
  if (url === null) throw new Error("bug: the orchestrator is no user of its own bus");
  const bus: EventBus = await connectBus({
    url,
    socketPath: file.socketPath,
    name: "skelly orchestrator",
    lazy: true,
    awayBytesMax: 256 * 1024,
  });
  const away = orchestrator.onEvent((event: SystemEvent) =>
    bus.publish(subjectOf(system, event), JSON.parse(JSON.stringify(event))),
  );
  bus.subscribe(`skelly.${token(system)}.report.*`, ({ subject, data }) => {
    const module = subject.split(".").at(-1) ?? "";
    const said = typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
    const { severity, errorType, message } = said;
    if (typeof message !== "string")
      return log(`a report of '${module}' on the bus has no message`);
    const known = SEVERITIES.includes(String(severity)) ? (severity as Severity) : "medium";
    orchestrator.reportError(module, known, String(errorType ?? "unknown"), message);
  });
  return {
    close() {
      away();
      void bus.close().catch((error: unknown) => log(`bus: ${String(error)}`));
    },
  };
}
