// fake-machine.ts: a machine made of glass, for tests of the configuration's check.
import { dirname, resolve } from "node:path";
import type { MachineChecks } from "./machine-checks.ts";

/** `files`: path to text; their directories exist too. `commands`: what is on the PATH. */
export function fakeMachine(
  files: Readonly<Record<string, string>> = {},
  commands: readonly string[] = ["sleep", "node", "python3", "postgres", "pg_isready", "npm"],
): MachineChecks {
  const bin = commands.map((name) => `/bin/${name}`);
  const all = new Map<string, string>([
    ...Object.entries(files),
    ...bin.map((path) => [path, ""] as const),
  ]);
  const directories = new Set(["/", "/system"]);
  for (const path of all.keys()) {
    for (let up = dirname(path); up !== "/"; up = dirname(up)) directories.add(up);
  }
  const exists: MachineChecks["exists"] = (path) =>
    all.has(path) ? "file" : directories.has(path) ? "directory" : null;
  return {
    exists,
    findCommand: (name, cwd) => {
      const path = name.includes("/") ? resolve(cwd, name) : `/bin/${name}`;
      return exists(path) === "file" ? path : null;
    },
    names: (directory) =>
      [...all.keys(), ...directories]
        .filter((path) => path !== directory && dirname(path) === directory)
        .map((path) => path.slice(directory === "/" ? 1 : directory.length + 1)),
    readText: (path) => all.get(path) ?? null,
  };
}
