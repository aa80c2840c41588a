// check-machine.ts: what a configuration names on this machine: commands, directories, files,
// secrets.
import { dirname, join, resolve } from "node:path";
import type { ModuleDescriptor, Probe } from "../descriptor.ts";
import type { MachineChecks } from "./machine-checks.ts";
import { didYouMean, nearest } from "./nearest.ts";
import type { Finding, Path } from "./problem.ts";
import { OWN_HUB } from "./resolve-module.ts";
import { named, referencesIn } from "./secrets.ts";

type Report = (finding: Finding) => void;
type Environment = Readonly<Record<string, string | undefined>>;

export type MachineCheck = {
  readonly module: ModuleDescriptor;
  readonly machine: MachineChecks;
  readonly env: Environment;
  /** A task runs before it, and may make what is not there yet. */
  readonly taskBefore: boolean;
  readonly report: Report;
};

export function checkOnMachine(check: MachineCheck): void {
  const { module, taskBefore } = check;
  checkSecrets(check);
  if (taskBefore) return;
  const path = ["modules", module.id];
  if (!checkDirectory(check, [...path, "cwd"])) return;
  const { run } = module;
  if (run.kind === "entry" && run.file !== OWN_HUB) checkFile(check, run.file, [...path, "entry"]);
  if (run.kind === "command") checkCommand(check, run.argv[0] ?? "", [...path, "command"], 0);
  if (run.kind === "shell") {
    const word = firstWord(run.line);
    if (word !== null) checkCommand(check, word, [...path, "command"]);
  }
  checkProbe(check, module.ready, [...path, "ready"]);
  checkProbe(check, module.liveness, [...path, "liveness"]);
}

function checkDirectory({ module, machine, report }: MachineCheck, path: Path): boolean {
  const found = machine.exists(module.cwd);
  if (found === "directory") return true;
  const what = found === null ? "does not exist" : "is no directory";
  report({
    code: "missing-directory",
    path,
    message: `the working directory '${module.cwd}' ${what}`,
    suggestion: neighbour(machine, module.cwd),
  });
  return false;
}

function checkFile({ machine, report }: MachineCheck, file: string, path: Path): void {
  const found = machine.exists(file);
  if (found === "file" || found === "other") return;
  report({
    code: "missing-file",
    path,
    message: `the file '${file}' ${found === null ? "does not exist" : "is a directory"}`,
    suggestion:
      found === "directory" && machine.exists(join(file, "main.ts")) === "file"
        ? `did you mean '${join(file, "main.ts")}'?`
        : neighbour(machine, file),
  });
}

function checkCommand(
  { module, machine, env, report }: MachineCheck,
  command: string,
  path: Path,
  index?: number,
): void {
  const own = "PATH" in module.env ? { ...env, ...module.env } : env;
  if (machine.findCommand(command, module.cwd, own) !== null) return;
  const slash = command.includes("/");
  const where = slash ? `relative to '${module.cwd}'` : "on the PATH";
  const names = slash
    ? []
    : (own["PATH"] ?? "").split(":").flatMap((directory) => machine.names(directory || module.cwd));
  report({
    code: "unknown-command",
    path: index === undefined ? path : [...path, index],
    message: `the command '${command}' was not found ${where}, or may not be run`,
    suggestion: slash
      ? neighbour(machine, resolve(module.cwd, command))
      : (didYouMean(command, new Set(names)) ?? "install it, or write its whole path"),
  });
}

function checkProbe(check: MachineCheck, probe: Probe | null, path: Path): void {
  if (probe?.ask.kind !== "exec") return;
  const [first = "", flag, line = ""] = probe.ask.argv;
  // `exec: "text"` has become `sh -c text`; what counts is the program in the text.
  const word = first === "/bin/sh" && flag === "-c" ? firstWord(line) : first;
  if (word !== null) checkCommand(check, word, [...path, "exec"]);
}

/** References that cannot be read now may be there when the module starts, so these only warn. */
function checkSecrets({ module, machine, env, report }: MachineCheck): void {
  for (const key of ["env", "config"] as const) {
    for (const [path, reference] of referencesIn(module[key])) {
      if (reference.kind === "env-file") continue;
      const there =
        reference.kind === "env"
          ? env[reference.name] !== undefined
          : machine.exists(reference.path) !== null;
      if (there) continue;
      const names = reference.kind === "env" ? Object.keys(env) : [];
      report({
        severity: "warning",
        code: "secret-missing",
        path: ["modules", module.id, key, ...path],
        message: `${named(reference)} is not there`,
        suggestion:
          reference.kind === "env"
            ? (didYouMean(reference.name, names) ?? "set it before the module starts")
            : "to mean this text itself, write literal: before it",
      });
    }
  }
}

function neighbour(machine: MachineChecks, file: string): string | null {
  const directory = dirname(file);
  const found = nearest(file.slice(directory.length + 1), machine.names(directory));
  return found === null ? null : `did you mean '${join(directory, found)}'?`;
}

// biome-ignore format: a list of words
const SHELL_WORDS: ReadonlySet<string> = new Set([
  ".", ":", "[", "[[", "!", "{", "(", "alias", "bg", "break", "builtin", "case", "cd", "command",
  "continue", "declare", "do", "done", "echo", "eval", "exec", "exit", "export", "false", "fg",
  "for", "function", "getopts", "hash", "if", "jobs", "kill", "let", "local", "printf", "pwd",
  "read", "readonly", "return", "select", "set", "shift", "source", "test", "then", "time", "times",
  "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait",
  "while",
]);

/** The program that a shell line begins with, where that is plain to see. */
export function firstWord(line: string): string | null {
  const word = /^\s*([A-Za-z0-9_./+@-]+)(?=\s|$|[;&|<>])/.exec(line)?.[1];
  return word === undefined || SHELL_WORDS.has(word) ? null : word;
}
