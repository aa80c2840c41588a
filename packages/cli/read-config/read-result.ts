// read-result.ts: what the reading of a configuration file takes and gives.
import type { MachineChecks, Problem, SystemDescriptor } from "@skelly-jelly/contract";

export type EvaluateProgram = {
  /** Node.js 22.18 or later. */
  readonly node: string;
  /** `read-config.mjs`. */
  readonly program: string;
  readonly flags?: readonly string[];
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Where what the configuration prints goes. Default `inherit`: to our stderr. */
  readonly output?: "inherit" | "ignore";
};

export type ReadOptions = {
  readonly profile?: string | null;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly machine?: MachineChecks | null;
  /** How TypeScript and JavaScript are evaluated; without it they are refused. */
  readonly evaluate?: EvaluateProgram;
};

export type ReadResult = {
  /** `null` when a problem is an error. */
  readonly system: SystemDescriptor | null;
  readonly problems: readonly Problem[];
  /** Files whose change changes the system. */
  readonly sources: readonly string[];
};
