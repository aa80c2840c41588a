// notes.ts: what could not be carried over, with its place and what to do instead.
import { CommandError, EXIT } from "../exit-codes.ts";

export type NotCarried = {
  /** The id of the module; `null`: it concerns the whole system. */
  readonly module: string | null;
  readonly what: string;
  /** `compose.yaml:12`; the file alone where the line is not known. */
  readonly where: string;
  readonly instead: string;
};

export type Note = {
  readonly module: string | null;
  readonly what: string;
  readonly line: number | null;
  readonly instead: string;
  /** Another file than the source itself, such as one that it includes. */
  readonly file?: string;
};

export class Notes {
  readonly #shown: string;
  readonly #all: NotCarried[] = [];

  constructor(shown: string) {
    this.#shown = shown;
  }

  get all(): readonly NotCarried[] {
    return this.#all;
  }

  add({ module, what, line, instead, file = this.#shown }: Note): void {
    const where = placed(file, line);
    const known = this.#all.some(
      (each) => each.module === module && each.what === what && each.where === where,
    );
    if (!known) this.#all.push({ module, what, where, instead });
  }
}

export const placed = (file: string, line: number | null): string =>
  line === null ? file : `${file}:${line}`;

/** What the source says cannot be read: exit 78, with its place. */
export const malformed = (file: string, line: number | null, message: string): CommandError =>
  new CommandError(EXIT.badConfig, `${placed(file, line)}: ${message}`, [
    "Nothing was written. Mend it there, and import again.",
  ]);
