// group.ts: one group of keys of the source; knows which were read, so that none is dropped in
// silence, and where each stands.
import { type Path, pathText } from "@skelly-jelly/contract";
import { isPlain } from "@skelly-jelly/contract/internal";
import type { Places } from "../read-config/places.ts";
import { malformed, type Notes } from "./notes.ts";

/** Where the values come from, for messages. */
export type Origin = { readonly shown: string; readonly places: Places | null };

export class Group {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: Path;
  readonly #origin: Origin;
  readonly #taken = new Set<string>();

  constructor(value: Readonly<Record<string, unknown>>, path: Path, origin: Origin) {
    this.#value = value;
    this.#path = path;
    this.#origin = origin;
  }

  /** Refuses what is no group of keys. */
  static of(value: unknown, path: Path, origin: Origin): Group {
    if (isPlain(value)) return new Group(value, path, origin);
    const line = origin.places?.find(pathText(path), "value")?.line ?? null;
    const what = path.length === 0 ? "it" : `'${pathText(path)}'`;
    throw malformed(origin.shown, line, `${what} must be a group of keys, but is ${said(value)}`);
  }

  keys(): string[] {
    return Object.keys(this.#value);
  }

  /** `undefined` also for a key that is written without a value. */
  take(key: string): unknown {
    this.#taken.add(key);
    return this.#value[key] ?? undefined;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#value, key);
  }

  /** Numbers and flags are taken as they are written. */
  text(key: string): string | null {
    const value = this.take(key);
    if (value === undefined) return null;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw this.wrong(key, "text");
  }

  number(key: string): number | null {
    const text = this.text(key);
    if (text === null) return null;
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) throw this.wrong(key, "a number");
    return value;
  }

  whole(key: string, least = 0): number | null {
    const value = this.number(key);
    if (value !== null && (!Number.isInteger(value) || value < least)) {
      throw this.wrong(key, `a whole number of at least ${least}`);
    }
    return value;
  }

  flag(key: string): boolean | null {
    const value = this.take(key);
    if (value === undefined) return null;
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    throw this.wrong(key, "true or false");
  }

  /** A list of texts; one text counts as a list of one. */
  texts(key: string): string[] | null {
    const value = this.take(key);
    if (value === undefined) return null;
    return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
      if (typeof item === "object") throw this.wrong(key, "text, or a list of texts");
      return String(item);
    });
  }

  isList(key: string): boolean {
    return Array.isArray(this.#value[key]);
  }

  group(key: string): Group | null {
    const value = this.take(key);
    return value === undefined ? null : this.#inside(key, value);
  }

  /** The groups of a group: `services`, `processes`. */
  groups(key: string): [name: string, group: Group][] {
    const outer = this.group(key);
    return (outer?.keys() ?? []).map((name) => [name, outer?.inner(name) as Group]);
  }

  /** As `group`, but a key without a value is an empty group. */
  inner(key: string): Group {
    return this.#inside(key, this.take(key) ?? {});
  }

  /** The groups of a list. */
  items(key: string): Group[] {
    const value = this.take(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.wrong(key, "a list");
    return value.map((item, index) => Group.of(item, [...this.#path, key, index], this.#origin));
  }

  #inside(key: string, value: unknown): Group {
    return Group.of(value, [...this.#path, key], this.#origin);
  }

  /** The line of a key, or of the group itself. */
  line(key?: string): number | null {
    const path = key === undefined ? this.#path : [...this.#path, key];
    return this.#origin.places?.find(pathText(path), "key")?.line ?? null;
  }

  wrong(key: string, expected: string): Error {
    const message = `'${key}' must be ${expected}, but is ${said(this.#value[key])}`;
    return malformed(this.#origin.shown, this.line(key), message);
  }

  /** Names every key that nobody has read; `advice` says what to do instead. */
  noteRest(notes: Notes, module: string | null, advice: Advice = {}, before = ""): void {
    for (const key of this.keys()) {
      if (this.#taken.has(key) || key.startsWith("x-")) continue;
      const instead = Object.hasOwn(advice, key) ? advice[key] : undefined;
      notes.add({
        module,
        what: `${before}${key}`,
        line: this.line(key),
        instead: instead ?? "Skelly has nothing of that name; see docs/configuration.md.",
      });
    }
  }
}

/** What to do instead, by key. */
export type Advice = Readonly<Record<string, string>>;

const said = (value: unknown): string => {
  if (value === undefined || value === null) return "empty";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
