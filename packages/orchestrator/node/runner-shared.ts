// runner-shared.ts: what all instances of one process runner have in common.
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { CONTROL_ENV } from "@skelly-jelly/contract";
import { groupName, openCgroupRoot } from "./cgroup.ts";
import { findCommand } from "./command-lookup.ts";
import { LimitGroups } from "./limit-groups.ts";
import { PARENT_ENV, ProcessScan, RUN_DIRECTORY_ENV } from "./marked-processes.ts";
import { ParentRaiser } from "./parent-raiser.ts";
import { bootId } from "./process-identity.ts";
import type { ProcessRunnerOptions } from "./process-options.ts";

export type RunnerShared = {
  readonly options: ProcessRunnerOptions;
  readonly runDirectory: string;
  readonly boot: string;
  /** Folder of all instances' cgroups; `null` when there is none. */
  readonly cgroupRoot: string | null;
  /** What holds modules to their limits; `null`: they are watched. */
  readonly limits: LimitGroups | null;
  readonly raiser: ParentRaiser;
  /** For where there is no cgroup. */
  readonly scan: ProcessScan;
  /** What a module inherits. */
  readonly parentEnv: Readonly<Record<string, string>>;
  readonly setpriv: string | null;
  /** Secret of an incarnation. The next orchestrator on this run directory finds the same. */
  token(mark: string): string;
};

export function shareRunner(options: ProcessRunnerOptions): RunnerShared {
  const { system, runDirectory, baseEnv = {} } = options;
  mkdirSync(runDirectory, { recursive: true, mode: 0o700 });
  const path = baseEnv["PATH"] ?? process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const setpriv = findCommand("setpriv", "/", path);
  const boot = bootId();
  const parentEnv = { ...inherited(baseEnv), [RUN_DIRECTORY_ENV]: runDirectory };
  const secret = readOrMakeSecret(`${runDirectory}/secret`);
  const { cgroups = true } = options;
  const cgroupRoot = cgroups ? openCgroupRoot(system, runDirectory) : null;
  const name = groupName(system, runDirectory);
  return {
    options,
    runDirectory,
    boot,
    cgroupRoot,
    limits: (options.limitGroups ?? cgroups) ? new LimitGroups(name, cgroupRoot) : null,
    raiser: new ParentRaiser({
      boot,
      env: parentEnv,
      markName: PARENT_ENV,
      prefix: options.dieWithHost === true && setpriv !== null ? deathSignal(setpriv) : [],
      perl: findCommand("perl", "/", path),
    }),
    scan: new ProcessScan(runDirectory),
    parentEnv,
    setpriv,
    token: (mark) => createHmac("sha256", secret).update(mark).digest("hex"),
  };
}

export const deathSignal = (setpriv: string): readonly string[] => [setpriv, "--pdeathsig", "KILL"];

/** An orchestrator may itself be a module of another: what that one told it is not for ours. */
function inherited(base: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const notOurs: readonly string[] = [...Object.values(CONTROL_ENV), RUN_DIRECTORY_ENV, PARENT_ENV];
  const kept = Object.entries(base).filter(([name]) => !notOurs.includes(name));
  return Object.fromEntries(
    kept.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function readOrMakeSecret(file: string): Buffer {
  try {
    writeFileSync(file, randomBytes(32), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(file);
}
