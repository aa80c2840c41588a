// moves.ts: the table of legal moves: where a module is, what happens to it, and what that comes to.
import type { InputKind } from "./module-input.ts";
import type { StateKind } from "./module-state.ts";

export type Move =
  | "same"
  | "want"
  | "unwant"
  | "queue"
  | "rest"
  | "begin"
  | "born"
  | "unborn"
  | "arrive"
  | "ended"
  | "halted"
  | "halt"
  | "haltFor"
  | "again"
  | "revive"
  | "ail"
  | "tick"
  | "freeze"
  | "thaw"
  | "adopted"
  | "gone"
  | "ease"
  | "unease"
  | "never";

/**
 * Stale inputs are dropped at the mailbox, so `never` means a bug in the engine: it throws, and the
 * mailbox fails that one module. Rows are where it is, columns what happens.
 */
// biome-ignore format: a table is read by column
export const MOVES = {
  "not-started": { start: "queue", stop: "rest",   restart: "queue", recover: "queue",  go: "never", halt: "same",  "halt-for": "same",    pause: "same",   resume: "same", ease: "same", unease: "same",   adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "never" },
  waiting:       { start: "want",  stop: "rest",   restart: "want",  recover: "want",   go: "begin", halt: "rest",  "halt-for": "same",    pause: "same",   resume: "same", ease: "same", unease: "same",   adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "gone",   timer: "never" },
  starting:      { start: "want",  stop: "unwant", restart: "again", recover: "want",   go: "never", halt: "halt",  "halt-for": "haltFor", pause: "same",   resume: "same", ease: "same", unease: "same",   adopt: "never",   spawned: "born",  "spawn-failed": "unborn", ready: "arrive", ailing: "ail",   ended: "ended",  timer: "tick"  },
  running:       { start: "want",  stop: "unwant", restart: "again", recover: "want",   go: "never", halt: "halt",  "halt-for": "haltFor", pause: "freeze", resume: "same", ease: "ease", unease: "unease", adopt: "never",   spawned: "born",  "spawn-failed": "unborn", ready: "same",   ailing: "ail",   ended: "ended",  timer: "tick"  },
  paused:        { start: "want",  stop: "unwant", restart: "again", recover: "want",   go: "never", halt: "halt",  "halt-for": "haltFor", pause: "same",   resume: "thaw", ease: "same", unease: "same",   adopt: "never",   spawned: "born",  "spawn-failed": "unborn", ready: "same",   ailing: "same",  ended: "ended",  timer: "tick"  },
  "backing-off": { start: "queue", stop: "rest",   restart: "queue", recover: "revive", go: "never", halt: "rest",  "halt-for": "same",    pause: "same",   resume: "same", ease: "same", unease: "same",   adopt: "never",   spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "tick"  },
  stopping:      { start: "want",  stop: "unwant", restart: "again", recover: "want",   go: "never", halt: "same",  "halt-for": "same",    pause: "same",   resume: "same", ease: "same", unease: "same",   adopt: "never",   spawned: "born",  "spawn-failed": "halted", ready: "same",   ailing: "same",  ended: "halted", timer: "tick"  },
  stopped:       { start: "queue", stop: "unwant", restart: "queue", recover: "queue",  go: "never", halt: "same",  "halt-for": "same",    pause: "same",   resume: "same", ease: "same", unease: "same",   adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "gone",   timer: "never" },
  completed:     { start: "want",  stop: "rest",   restart: "queue", recover: "want",   go: "never", halt: "same",  "halt-for": "same",    pause: "same",   resume: "same", ease: "same", unease: "same",   adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "never",  timer: "never" },
  failed:        { start: "revive", stop: "rest",  restart: "revive", recover: "revive", go: "never", halt: "same", "halt-for": "same",    pause: "same",   resume: "same", ease: "same", unease: "same",   adopt: "adopted", spawned: "never", "spawn-failed": "never",  ready: "never",  ailing: "never", ended: "gone",   timer: "never" },
} as const satisfies Record<StateKind, Record<InputKind, Move>>;
