// system-stream.ts: one reader of the event stream: where it stands, and what it has not heard yet.
import type { ModuleStatus, SystemStatusReport } from "@skelly-jelly/contract";
import type { Mirror } from "./mirror.ts";
import type { Stream } from "./sse.ts";

/** Returns the way out. */
export function streamSystem(stream: Stream, mirror: Mirror, after: number | null): () => void {
  let told = false;

  const begin = (from: number | null): void => {
    const missed = from === null ? null : mirror.eventsAfter(from);
    // Too long away, or from another time: everything anew.
    for (const event of missed ?? []) stream.send("event", event, event.seq);
    const status = mirror.lastStatus;
    if (status === null) return;
    stream.send("snapshot", { status, seq: mirror.lastSeq }, mirror.lastSeq);
    told = true;
  };

  if (mirror.connected) begin(after);
  else stream.send("connection", { connected: false });

  return mirror.listen({
    onEvent(event) {
      if (told) stream.send("event", event, event.seq);
    },
    onStatus(now, before) {
      if (!told) return;
      const change = statusChange(now, before);
      if (change !== null) stream.send("status", change);
    },
    onConnection(connected) {
      stream.send("connection", { connected });
      if (connected) begin(told ? null : after);
    },
  });
}

/** `null` when nothing differs that anybody looks at. */
export function statusChange(now: SystemStatusReport, before: SystemStatusReport | null) {
  const known = new Map<string, ModuleStatus>(
    (before?.modules ?? []).map((module) => [module.id, module]),
  );
  const modules = now.modules.filter(
    (module) => JSON.stringify(module) !== JSON.stringify(known.get(module.id)),
  );
  const present = new Set(now.modules.map(({ id }) => id));
  const gone = [...known.keys()].filter((id) => !present.has(id));
  const { modules: _, ...system } = now;
  return { system, modules, gone };
}
