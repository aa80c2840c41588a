// deed.ts: what is done to a system in a simulation, and when; from flags such as `--kill storage@30s`. Pure.
import { durationMs, type SystemEvent } from "@skelly-jelly/contract";
import { usageError } from "../exit-codes.ts";
import { didYouMean } from "../nearest.ts";

export const DEEDS = ["kill", "hang", "crash", "mend", "stop", "restart"] as const;
export type DeedKind = (typeof DEEDS)[number];
export type Deed = { readonly kind: DeedKind; readonly module: string; readonly atMs: number };

/** Throws a usage error that says what is wrong with the text. */
export function parseDeed(kind: DeedKind, text: string, modules: readonly string[]): Deed {
  const at = text.lastIndexOf("@");
  if (at < 1) {
    throw usageError(
      `--${kind} needs a module and a time, such as ${modules[0] ?? "api"}@30s (got '${text}').`,
    );
  }
  const module = text.slice(0, at);
  const atMs = durationMs(text.slice(at + 1));
  if (atMs === null) {
    throw usageError(
      `--${kind} ${text}: '${text.slice(at + 1)}' is no time; for example 30s or 5m.`,
    );
  }
  if (!modules.includes(module)) {
    throw usageError(`There is no module '${module}'.${didYouMean(module, modules)}`);
  }
  return { kind, module, atMs };
}

/** Lives that ended by themselves in the last run, as kills at the times they happened. */
export function deedsOfIncident(
  events: readonly SystemEvent[],
  modules: readonly string[],
): readonly Deed[] {
  const start = events.findLastIndex(
    (event) =>
      event.type === "system-status-changed" && event.to === "starting" && event.from === "stopped",
  );
  const fromMs = events[start]?.timeMs;
  if (fromMs === undefined) return [];
  return events.slice(start).flatMap((event): Deed[] => {
    if (event.type !== "module-state-changed" || event.failure === null) return [];
    const module = event.module.replace(/#\d+$/, "");
    if (!modules.includes(module)) return [];
    const atMs = event.timeMs - fromMs;
    if (event.to === "stopping" && event.failure.kind === "health-check") {
      return [{ kind: "hang", module, atMs }];
    }
    const wasAlive = event.from === "running" || event.from === "starting";
    const ended = event.to === "waiting" || event.to === "backing-off" || event.to === "failed";
    return wasAlive && ended ? [{ kind: "kill", module, atMs }] : [];
  });
}
