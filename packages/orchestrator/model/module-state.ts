// module-state.ts: the states a module can be in; each member holds exactly what is true then.
//
//   not-started ─start─▶ waiting ─go─▶ starting ─ready─▶ running ⇄ paused
//                          ▲  ▲           │ failure        │ failure
//                          │  └───────────┼─ backing-off ◀─┤          (recovery: delay > 0)
//                          └──────────────┴────────────────┘          (recovery: at once)
//   starting, running, paused ─halt─▶ stopping ─ended─▶ stopped | waiting | backing-off | failed
//   running (a task that succeeds) ─ended─▶ completed          failed ─recover─▶ waiting
//
import type { Failure, StopReason } from "@skelly-jelly/contract";

/** What follows when a stopping module has ended. */
export type AfterStop =
  | { readonly kind: "stay"; readonly reason: StopReason }
  | { readonly kind: "start-again"; readonly cause: string }
  | { readonly kind: "recover"; readonly failure: Failure };

type Alive = { readonly sinceMs: number; readonly pid: number | null };

export type ModuleState =
  | { readonly kind: "not-started"; readonly sinceMs: number }
  | { readonly kind: "waiting"; readonly sinceMs: number }
  | (Alive & { readonly kind: "starting"; readonly spawned: boolean })
  | (Alive & { readonly kind: "running" })
  | (Alive & { readonly kind: "paused" })
  | {
      readonly kind: "backing-off";
      readonly sinceMs: number;
      readonly untilMs: number;
      readonly failure: Failure;
    }
  | (Alive & {
      readonly kind: "stopping";
      readonly after: AfterStop;
      readonly killed: boolean;
    })
  | {
      readonly kind: "stopped";
      readonly sinceMs: number;
      readonly reason: StopReason;
      /** It did not stop by itself in its time. */
      readonly killed: boolean;
    }
  | { readonly kind: "completed"; readonly sinceMs: number }
  | { readonly kind: "failed"; readonly sinceMs: number; readonly failure: Failure };

export type StateKind = ModuleState["kind"];

/** States in which an incarnation may exist. */
export function isAlive(
  state: ModuleState,
): state is Extract<ModuleState, { kind: "starting" | "running" | "paused" | "stopping" }> {
  return (
    state.kind === "running" ||
    state.kind === "starting" ||
    state.kind === "paused" ||
    state.kind === "stopping"
  );
}

export function pidOf(state: ModuleState): number | null {
  return isAlive(state) ? state.pid : null;
}
