// imported.ts: what an importer makes of another product's file, before it is written as ours.
import type { LadderConfig, ModuleConfig, ProfileConfig } from "@skelly-jelly/contract";
import type { Notes } from "./notes.ts";

export const FORMATS = ["procfile", "process-compose", "pm2", "compose", "supervisord"] as const;
export type Format = (typeof FORMATS)[number];

export type Environment = Readonly<Record<string, string | undefined>>;

export type WritableModule = { -readonly [Key in keyof ModuleConfig]: ModuleConfig[Key] };

export type DraftEdge = {
  /** The name in the source. */
  readonly on: string;
  readonly condition: "started" | "healthy" | "completed";
  readonly whenDown?: "restart" | "ignore";
  readonly line: number | null;
};

/** One module to be, with what a reader of the new file should know about it. */
export type Draft = {
  /** Its name in the source; replicas that became modules of their own share one. */
  readonly name: string;
  readonly id: string;
  readonly line: number | null;
  readonly config: WritableModule;
  readonly edges: readonly DraftEdge[];
  readonly comments: readonly string[];
};

/** Something in the source that runs elsewhere, or cannot run here. */
export type LeftOut = { readonly name: string; readonly line: number | null; readonly why: string };

export type Imported = {
  /** The system's name, where the source gives one. */
  readonly name: string | null;
  readonly drafts: readonly Draft[];
  readonly leftOut: readonly LeftOut[];
  readonly profiles: Readonly<Record<string, ProfileConfig>>;
};

/** What an importer is given. */
export type Source = {
  /** Absolute. */
  readonly file: string;
  /** As it is named to people. */
  readonly shown: string;
  readonly folder: string;
  readonly text: string;
  /** The folder of the file that is written: its paths are relative to that. */
  readonly outFolder: string;
  readonly env: Environment;
  readonly notes: Notes;
  /** Node.js for sources that are programs. */
  readonly node: () => string;
};

/** Where another product tries without end; more than Skelly counts. */
export const MANY_ATTEMPTS = 1001;

export const restartLadder = (
  attempts: number,
  backoff: string,
  backoffMax: string,
): LadderConfig =>
  attempts === 0
    ? ["manual"]
    : ([
        {
          restart: {
            attempts: attempts >= MANY_ATTEMPTS ? "unlimited" : attempts,
            backoff,
            backoffMax,
          },
        },
      ] as LadderConfig);
