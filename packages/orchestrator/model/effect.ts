// effect.ts: everything a transition may ask for, as data. The engine's performer carries it out.
import type { Failure } from "@skelly-jelly/contract";
import type { TimerName } from "./module-input.ts";

export type Effect =
  | { readonly kind: "spawn"; readonly incarnation: number; readonly reset: boolean }
  /** By its control channel if it has one, else by its stop signal. */
  | { readonly kind: "ask-to-stop"; readonly timeoutMs: number; readonly reason: string }
  | { readonly kind: "signal-to-stop" }
  | { readonly kind: "kill" }
  | { readonly kind: "freeze"; readonly frozen: boolean }
  | { readonly kind: "arm"; readonly timer: TimerName; readonly ms: number }
  | { readonly kind: "disarm"; readonly timer: TimerName }
  /** Begin or end asking this life how it does. */
  | { readonly kind: "watch"; readonly on: boolean }
  /** What the runner keeps for the module between lives may go. */
  | { readonly kind: "release" }
  | {
      readonly kind: "recovery-step";
      readonly strategy: string;
      readonly attempt: number;
      readonly outcome: "started" | "recovered" | "failed" | "gave-up" | "recorded";
      readonly delayMs: number;
      readonly failure: Failure;
    }
  | { readonly kind: "set-level"; readonly level: string }
  | { readonly kind: "restart-system"; readonly failure: Failure };
