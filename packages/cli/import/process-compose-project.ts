// process-compose-project.ts: its file and one of its processes, as their readers pass them on.
import type { Group } from "./group.ts";
import type { Source } from "./imported.ts";
import type { Notes } from "./notes.ts";
import type { DotenvFile } from "./parts.ts";
import type { Mixed } from "./variables.ts";

export type Project = {
  readonly source: Source;
  readonly words: Words;
  readonly dotenv: DotenvFile | null;
  /** Of all processes. */
  readonly environment: Group;
};

export type ProcessPlace = {
  readonly name: string;
  readonly group: Group;
  readonly id: string;
  /** Its number, where each replica is a module of its own. */
  readonly replica: number | null;
};

export type Words = {
  readonly shell: readonly string[] | null;
  readonly mixed: (text: string, place: ProcessPlace | null) => Mixed;
  /** For keys that cannot hold a variable. */
  readonly now: (text: string, place: ProcessPlace, key: string, notes: Notes) => string;
};
