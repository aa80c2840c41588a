// probe-question.ts: one question that is asked once and answered at most once.

/** Message of a failure, or `null`: it answered as it should. */
export type Finding = string | null;

/** Asks once; calls `settle` at most once. Returns what lets go of it. */
export type Question = (settle: (finding: Finding) => void) => () => void;
