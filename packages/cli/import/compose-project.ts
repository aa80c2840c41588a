// compose-project.ts: a Compose file and one of its services, as their readers pass them on.
import type { Group } from "./group.ts";
import type { Source } from "./imported.ts";
import type { DotenvFile } from "./parts.ts";

export type Project = {
  readonly source: Source;
  readonly dotenv: DotenvFile | null;
  /** The text with its variables as they are now, for keys that cannot hold one. */
  readonly now: (service: Service, key: string, text: string) => string;
};

export type Service = { readonly name: string; readonly id: string; readonly group: Group };
