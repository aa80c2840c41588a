// shape.ts: small checks of plain data that are also its TypeScript type; what the contract is
// built of.

/** Says what is wrong with a value; the type it stands for travels along for inference. */
export type Shape<T> = {
  visit(value: unknown, path: string, problems: string[]): void;
  /** Never set: carries the type. */
  readonly stands?: T;
};

export type TypeOf<S> = S extends Shape<infer T> ? T : never;

/** A message with hundreds of faults needs no full list. */
const PROBLEMS_MAX = 20;

type Fields = Readonly<Record<string, Shape<any>>>;
type ObjectOf<R extends Fields, O extends Fields> = {
  readonly [K in keyof R]: TypeOf<R[K]>;
} & { readonly [K in keyof O]?: TypeOf<O[K]> };

/** Problems of `value`, each with the path to it; empty when it is right. */
export function problemsOf(shape: Shape<unknown>, value: unknown, name: string): string[] {
  const problems: string[] = [];
  shape.visit(value, name, problems);
  return problems.slice(0, PROBLEMS_MAX);
}

const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;

function say(problems: string[], path: string, expected: string, value: unknown): void {
  // The value itself is not quoted: a message that is refused may hold what nobody should log.
  if (problems.length < PROBLEMS_MAX) {
    problems.push(`${path}: expected ${expected}, got ${kindOf(value)}`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Text of 1 to `max` characters (`min: 0` allows empty). */
export function text(max: number, min = 1): Shape<string> {
  return {
    visit(value, path, problems) {
      if (typeof value !== "string" || value.length > max || value.length < min) {
        say(problems, path, `text of ${min} to ${max} characters`, value);
      }
    },
  };
}

export function number(min: number, max: number): Shape<number> {
  return {
    visit(value, path, problems) {
      if (typeof value !== "number" || !Number.isFinite(value) || value < min || value > max) {
        say(problems, path, `a number from ${min} to ${max}`, value);
      }
    },
  };
}

export function integer(min: number, max: number): Shape<number> {
  return {
    visit(value, path, problems) {
      if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
        say(problems, path, `a whole number from ${min} to ${max}`, value);
      }
    },
  };
}

export const flag: Shape<boolean> = {
  visit(value, path, problems) {
    if (typeof value !== "boolean") say(problems, path, "true or false", value);
  },
};

export function oneOf<const T extends readonly string[]>(words: T): Shape<T[number]> {
  return {
    visit(value, path, problems) {
      if (typeof value !== "string" || !words.includes(value)) {
        say(problems, path, `one of ${words.join(", ")}`, value);
      }
    },
  };
}

export function is<const T extends string | boolean>(exactly: T): Shape<T> {
  return {
    visit(value, path, problems) {
      if (value !== exactly) say(problems, path, JSON.stringify(exactly), value);
    },
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    visit(value, path, problems) {
      if (value !== null) shape.visit(value, path, problems);
    },
  };
}

export function list<T>(item: Shape<T>, max: number): Shape<readonly T[]> {
  return {
    visit(value, path, problems) {
      if (!Array.isArray(value) || value.length > max) {
        say(problems, path, `a list of at most ${max}`, value);
        return;
      }
      for (let i = 0; i < value.length && problems.length < PROBLEMS_MAX; i++) {
        item.visit(value[i], `${path}[${i}]`, problems);
      }
    },
  };
}

/** One entry for each of `keys`, no others. */
export function each<const K extends readonly string[], T>(
  keys: K,
  item: Shape<T>,
): Shape<Readonly<Record<K[number], T>>> {
  return object(Object.fromEntries(keys.map((key) => [key, item]))) as any;
}

/** An object with exactly these fields. Unknown ones are refused: nothing slips through unnamed. */
export function object<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional: O = {} as O,
): Shape<ObjectOf<R, O>> {
  return {
    visit(value, path, problems) {
      if (!isRecord(value)) {
        say(problems, path, "an object", value);
        return;
      }
      for (const [key, shape] of Object.entries(required)) {
        shape.visit(value[key], `${path}.${key}`, problems);
      }
      for (const [key, shape] of Object.entries(optional)) {
        if (value[key] !== undefined) shape.visit(value[key], `${path}.${key}`, problems);
      }
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(required, key) && !Object.hasOwn(optional, key)) {
          say(problems, `${path}.${key.slice(0, 40)}`, "no such field", value[key]);
        }
      }
    },
  };
}

/** One of several objects, told apart by the word in `tag`. */
export function tagged<T extends Readonly<Record<string, Shape<any>>>>(
  tag: string,
  cases: T,
): Shape<TypeOf<T[keyof T]>> {
  const words = Object.keys(cases);
  return {
    visit(value, path, problems) {
      const word = isRecord(value) ? value[tag] : undefined;
      const shape =
        typeof word === "string" && Object.hasOwn(cases, word) ? cases[word] : undefined;
      if (shape === undefined) say(problems, `${path}.${tag}`, `one of ${words.join(", ")}`, word);
      else shape.visit(value, path, problems);
    },
  };
}
