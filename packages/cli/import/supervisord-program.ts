// supervisord-program.ts: one [program:x], as its readers pass it on.
import type { Source } from "./imported.ts";
import type { IniSection, IniValue } from "./read-ini.ts";
import { expand, type Scope } from "./supervisord-expand.ts";
import { valueNow } from "./variables.ts";

export type Program = {
  readonly source: Source;
  readonly section: IniSection;
  readonly id: string;
  readonly scope: Scope;
  /** Marks the key as read. */
  readonly take: (key: string) => IniValue | null;
  readonly note: (what: string, key: string, instead: string) => void;
};

/** For keys that cannot hold a variable. */
export function nowAt(program: Program, value: IniValue, key: string): string {
  const mixed = expand(value, program.scope);
  if (mixed.some((piece) => typeof piece !== "string")) {
    program.note(
      `the variable in ${key}`,
      key,
      "It has the value of the day of the import; change it here.",
    );
  }
  return valueNow(mixed, program.source.env);
}
