// explanation.ts: what is asked with `skelly why`, and the shape of its answer.

/** One step on the way from an observed fact to what is now. */
export type Link = {
  /** Epoch milliseconds; `null` when it is not known when. */
  readonly timeMs: number | null;
  /** The module it is about; `null`: the system or its orchestrator. */
  readonly module: string | null;
  readonly fact: string;
  /** `null`: this is where it begins, as far as anything was observed. */
  readonly because: string | null;
};

export type Explanation = {
  readonly about: string;
  /** The answer in one sentence. */
  readonly sentence: string;
  /** In the order of time: the first cause first. */
  readonly chain: readonly Link[];
  /** What may be done now. */
  readonly next: readonly string[];
};

export type Moment = { readonly fromMs: number; readonly toMs: number };

export type Question = {
  /** A module's id, or `system`. */
  readonly about: string;
  /** When what is asked about happened; `null`: it is about now. */
  readonly at: Moment | null;
  readonly nowMs: number;
  /** What each module depends on. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
};

/** The word that means the whole. */
export const SYSTEM = "system";
