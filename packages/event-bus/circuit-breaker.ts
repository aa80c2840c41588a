// circuit-breaker.ts: a subject that no longer answers is asked no more for a while: the asker is not held up
// with it, and it is not flooded when it comes back. One trial decides (M. Nygard, "Release It!", 2007).

export type BreakerOptions = {
  /** Timeouts in a row after which the circuit opens. */
  readonly failuresMax: number;
  /** How long it stays open at first; twice as long after each failed trial, up to `openMaxMs`. */
  readonly openMs: number;
  readonly openMaxMs: number;
};

export const BREAKER: BreakerOptions = { failuresMax: 5, openMs: 1000, openMaxMs: 30_000 };

export type Circuit =
  | { readonly kind: "closed"; readonly failures: number }
  | { readonly kind: "open"; readonly untilMs: number; readonly openMs: number }
  /** One request is under way to see whether it is back; all others are still refused. */
  | { readonly kind: "half-open"; readonly openMs: number };

const CLOSED: Circuit = { kind: "closed", failures: 0 };
/** Subjects made from data must not grow the memory without end; the oldest is forgotten. */
const SUBJECTS_MAX = 1024;

export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #circuits = new Map<string, Circuit>();

  constructor(options: Partial<BreakerOptions> = {}) {
    this.#options = { ...BREAKER, ...options };
  }

  circuit(subject: string): Circuit {
    return this.#circuits.get(subject) ?? CLOSED;
  }

  /** May it be asked now? If not: for how long not. Asking in a half-open moment is the trial. */
  enter(
    subject: string,
    nowMs: number,
  ): { readonly ok: true } | { readonly ok: false; readonly waitMs: number } {
    const circuit = this.circuit(subject);
    if (circuit.kind === "closed") return { ok: true };
    if (circuit.kind === "half-open") return { ok: false, waitMs: circuit.openMs };
    if (nowMs < circuit.untilMs) return { ok: false, waitMs: circuit.untilMs - nowMs };
    this.#keep(subject, { kind: "half-open", openMs: circuit.openMs });
    return { ok: true };
  }

  /** Any answer, also one that says no, shows that somebody is there. */
  answered(subject: string): void {
    this.#circuits.delete(subject);
  }

  /** Nothing came in time. */
  timedOut(subject: string, nowMs: number): void {
    const circuit = this.circuit(subject);
    const { failuresMax, openMs, openMaxMs } = this.#options;
    if (circuit.kind === "half-open") {
      const longerMs = Math.min(openMaxMs, circuit.openMs * 2);
      this.#keep(subject, { kind: "open", untilMs: nowMs + longerMs, openMs: longerMs });
    } else if (circuit.kind === "closed") {
      const failures = circuit.failures + 1;
      const opens = failures >= failuresMax;
      this.#keep(
        subject,
        opens ? { kind: "open", untilMs: nowMs + openMs, openMs } : { kind: "closed", failures },
      );
    }
  }

  /** The trial came to nothing for another reason (closed, denied): the next one may try. */
  withdrawn(subject: string, nowMs: number): void {
    const circuit = this.circuit(subject);
    if (circuit.kind !== "half-open") return;
    this.#keep(subject, { kind: "open", untilMs: nowMs, openMs: circuit.openMs });
  }

  #keep(subject: string, circuit: Circuit): void {
    this.#circuits.delete(subject);
    this.#circuits.set(subject, circuit);
    const [oldest] = this.#circuits.keys();
    if (this.#circuits.size > SUBJECTS_MAX && oldest !== undefined) this.#circuits.delete(oldest);
  }
}
