// bus-error.ts: what may go wrong on the bus, by code.

export type BusErrorCode =
  /** Nobody listens on the subject of a request. */
  | "NO_RESPONDERS"
  /** No answer, no flush or no connection within its time. */
  | "TIMEOUT"
  /** It did not answer several times in a row, and is left alone for a while. */
  | "CIRCUIT_OPEN"
  /** The bus was closed. */
  | "CLOSED"
  /** The hub refuses this subject to this user. */
  | "DENIED"
  /** The hub refuses these credentials. */
  | "AUTH"
  /** There is no connection, or it was lost while this was under way. */
  | "DISCONNECTED"
  /** The data is not JSON, or not what the subject's check expects. */
  | "INVALID"
  | "INVALID_SUBJECT"
  /** Longer than the hub's maximum payload. */
  | "TOO_LARGE"
  /** A subscriber that blocks has no room left. */
  | "FULL"
  /** Something that this bus does not serve; the message names it. */
  | "UNSUPPORTED"
  /** What was received is not the protocol. */
  | "PROTOCOL";

export class BusError extends Error {
  readonly code: BusErrorCode;
  /** What a check found, one sentence each. */
  readonly problems: readonly string[];

  constructor(
    code: BusErrorCode,
    message: string,
    more: { readonly problems?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "BusError";
    this.code = code;
    this.problems = more.problems ?? [];
  }
}
