// args.ts: from words on the command line to a verb, its flags and its words. Pure.
import { usageError } from "./exit-codes.ts";
import { didYouMean } from "./nearest.ts";

export type Flag = {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** What its value is called; missing: a switch. */
  readonly takes?: string;
  readonly says: string;
};

export type Arguments = {
  readonly words: readonly string[];
  has(flag: string): boolean;
  /** The value given last; `null` when the flag was not given. */
  value(flag: string): string | null;
  /** Every value given, in order. */
  values(flag: string): readonly string[];
};

export const GLOBAL_FLAGS: readonly Flag[] = [
  { name: "config", short: "c", takes: "FILE", says: "use this configuration file" },
  { name: "json", says: "print for programs: one JSON document, or one per line for streams" },
  { name: "no-color", says: "print without colours" },
  { name: "help", short: "h", says: "show help" },
];

/** The first word is the verb; flags that belong to every verb may stand before it. */
export function splitVerb(argv: readonly string[]): { verb: string | null; rest: string[] } {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] as string;
    if (word === "--") break;
    if (!word.startsWith("-")) {
      return { verb: word, rest: [...argv.slice(0, index), ...argv.slice(index + 1)] };
    }
    const flag = GLOBAL_FLAGS.find(
      ({ name, short }) => word === `--${name}` || word === `-${short}`,
    );
    if (flag?.takes !== undefined) index++;
  }
  return { verb: null, rest: [...argv] };
}

/** Throws a usage error that names the nearest flag. `verb` is for the message only. */
export function parseArguments(
  argv: readonly string[],
  flags: readonly Flag[],
  verb: string,
): Arguments {
  const known = [...flags, ...GLOBAL_FLAGS];
  const words: string[] = [];
  const found = new Map<string, string[]>();
  const queue = [...argv];
  const take = (flag: Flag, spelled: string, joined: string | null): void => {
    if (flag.takes === undefined) {
      if (joined !== null) throw usageError(`${spelled} takes no value (got '${joined}').`);
      found.set(flag.name, [""]);
      return;
    }
    const value = joined ?? queue.shift();
    if (value === undefined) {
      throw usageError(`${spelled} needs a value: ${spelled} ${flag.takes}.`, helpHint(verb));
    }
    found.set(flag.name, [...(found.get(flag.name) ?? []), value]);
  };

  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      words.push(...queue.splice(0));
    } else if (word.startsWith("--")) {
      const [spelled, joined] = cutAtEquals(word);
      const flag = known.find(({ name }) => `--${name}` === spelled);
      if (flag === undefined) throw unknownFlag(spelled, known, verb);
      take(flag, spelled, joined);
    } else if (/^-[a-zA-Z]/.test(word)) {
      takeShort(word, known, verb, take);
    } else {
      words.push(word);
    }
  }
  return {
    words,
    has: (flag) => found.has(flag),
    value: (flag) => found.get(flag)?.at(-1) ?? null,
    values: (flag) => found.get(flag) ?? [],
  };
}

/** `-f`, `-n 5`, `-n5`, `-fn5`. */
function takeShort(
  word: string,
  known: readonly Flag[],
  verb: string,
  take: (flag: Flag, spelled: string, joined: string | null) => void,
): void {
  let letters = word.slice(1);
  while (letters !== "") {
    const letter = letters.slice(0, 1);
    letters = letters.slice(1);
    const flag = known.find(({ short }) => short === letter);
    if (flag === undefined) throw unknownFlag(`-${letter}`, known, verb);
    if (flag.takes === undefined) take(flag, `-${letter}`, null);
    else {
      take(flag, `-${letter}`, letters === "" ? null : letters.replace(/^=/, ""));
      return;
    }
  }
}

function cutAtEquals(word: string): [string, string | null] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, null] : [word.slice(0, equals), word.slice(equals + 1)];
}

function unknownFlag(spelled: string, known: readonly Flag[], verb: string): Error {
  const names = known.map(({ name }) => `--${name}`);
  return usageError(
    `\`skelly ${verb}\` does not know ${spelled}.${didYouMean(spelled, names)}`,
    helpHint(verb),
  );
}

const helpHint = (verb: string): string => `See \`skelly help ${verb}\`.`;

/** A whole number in a flag, within bounds. */
export function wholeNumber(args: Arguments, flag: string, otherwise: number): number {
  const text = args.value(flag);
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text)) {
    throw usageError(`--${flag} must be a whole number (got '${text}').`);
  }
  return Number(text);
}
