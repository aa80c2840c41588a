// stories.ts: what the daemon made of glass does wrong, by the name of its system.

export const STORIES = {
  /** Ends before it listens. */
  diesAtOnce: "dies-at-once",
  /** Refuses `await-start`. */
  failsToStart: "fails-to-start",
  /** Never answers `await-start` and ends instead. */
  diesWhileStarting: "dies-while-starting",
  /** Stops by itself when all is up. */
  endsByItself: "ends-by-itself",
  /** The same, after its required module failed. */
  endsFailed: "ends-failed",
  /** Dies when all is up. */
  diesLater: "dies-later",
  /** Answers `down` only after `kill`. */
  stopsSlowly: "stops-slowly",
} as const;
