// recovery-record.ts: what has been tried for a module, and what can be decided about its next failure.
import type { Failure } from "@skelly-jelly/contract";

/** One attempt made: when, on which rung of the ladder. */
export type Attempt = { readonly atMs: number; readonly rung: number };

export type RecoveryRecord = {
  readonly attempts: readonly Attempt[];
  /** The attempt whose outcome is not known yet. */
  readonly pending: {
    readonly strategy: string;
    readonly attempt: number;
    readonly failure: Failure;
  } | null;
};

/** A ladder counts no further than this; whoever asks for more attempts never runs out of them. */
export const ATTEMPTS_KEPT = 1000;

export const NO_RECOVERY: RecoveryRecord = { attempts: [], pending: null };

export type RecoveryVerdict =
  | {
      readonly kind: "restart";
      readonly strategy: "restart" | "restart-with-reset";
      readonly rung: number;
      readonly attempt: number;
      readonly delayMs: number;
    }
  | {
      readonly kind: "degrade";
      readonly rung: number;
      readonly level: string;
      readonly returnAfterMs: number;
    }
  | { readonly kind: "restart-system"; readonly rung: number }
  /** Nothing is tried (auto recovery is off). */
  | { readonly kind: "record" }
  | { readonly kind: "give-up"; readonly failure: Failure };
