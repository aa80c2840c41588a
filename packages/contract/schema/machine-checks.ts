// machine-checks.ts: what the check of a configuration asks the machine. The real answers live in
// `node/`.

export type MachineChecks = {
  /** What is at this absolute path; `null`: nothing. */
  exists(path: string): "file" | "directory" | "other" | null;
  /**
   * Where this command would be found from `cwd` with this environment; `null`: nowhere, or it may
   * not be run.
   */
  findCommand(
    name: string,
    cwd: string,
    env: Readonly<Record<string, string | undefined>>,
  ): string | null;
  /** Names in a directory, to find the nearest; empty when it cannot be read. */
  names(directory: string): readonly string[];
  /** `null` when it cannot be read. */
  readText(path: string): string | null;
};
