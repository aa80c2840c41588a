// exit-codes.ts: how the command ends, and the one error it ends with. See `skelly help`.

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  timedOut: 4,
  badConfig: 78,
} as const;

/** An end that a person can do something about: printed as it is, without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;
  /** What to do next; printed below the message. */
  readonly next: readonly string[];

  constructor(exitCode: number, message: string, next: readonly string[] = []) {
    super(message);
    this.exitCode = exitCode;
    this.next = next;
  }
}

/** Wrong usage: exit 2. */
export const usageError = (message: string, ...next: string[]): CommandError =>
  new CommandError(EXIT.usage, message, next);
