// module-input.ts: everything that can happen to a module. Inputs about a life carry its incarnation.
import type { Failure, StopReason } from "@skelly-jelly/contract";

export type TimerName =
  | "startup"
  | "nudge"
  | "stop"
  | "kill"
  | "backoff"
  | "probation"
  | "stable"
  | "return";

/** About the module, whatever its life. */
export type Command =
  /** `remember`: earlier recovery attempts still count (a system restart is itself one). */
  | { readonly kind: "start"; readonly cause: string; readonly remember?: boolean }
  | { readonly kind: "stop"; readonly reason: StopReason; readonly cause: string }
  /** `remember`: nobody asked for it, so its attempts still count. */
  | { readonly kind: "restart"; readonly cause: string; readonly remember?: boolean }
  | { readonly kind: "recover"; readonly cause: string }
  /** From the planner: all it waits for holds. */
  | { readonly kind: "go" }
  /** From the planner: its turn to stop has come. */
  | { readonly kind: "halt"; readonly cause: string }
  /** From the planner: a dependency it cannot run without went down. */
  | { readonly kind: "halt-for"; readonly dependency: string }
  | { readonly kind: "pause"; readonly cause: string }
  | { readonly kind: "resume"; readonly cause: string }
  /** From the planner: a dependency is down or degraded; it is to offer less meanwhile. */
  | { readonly kind: "ease"; readonly dependency: string }
  | { readonly kind: "unease" }
  | {
      readonly kind: "adopt";
      readonly incarnation: number;
      readonly pid: number | null;
      readonly ready: boolean;
      /** A task that was done before; nothing of it lives. */
      readonly completed?: boolean;
    };

/** About one life. */
export type LifeFact = { readonly incarnation: number } & (
  | { readonly kind: "spawned"; readonly pid: number | null }
  | { readonly kind: "spawn-failed"; readonly failure: Failure }
  | { readonly kind: "ready" }
  /** It failed although it lives: unhealthy, over a limit, an error it reported. */
  | { readonly kind: "ailing"; readonly failure: Failure }
  | {
      readonly kind: "ended";
      readonly code: number | null;
      readonly signal: string | null;
      readonly outOfMemory: boolean;
      readonly stuck: readonly number[];
      /** Its worker host died under it: the host's failure, not its own. */
      readonly hostDied?: boolean;
      /** What the module itself had said about it, if anything. */
      readonly failure: Failure | null;
    }
  | { readonly kind: "timer"; readonly timer: TimerName }
);

export type ModuleInput = Command | LifeFact;
export type InputKind = ModuleInput["kind"];
