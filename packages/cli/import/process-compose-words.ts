// process-compose-words.ts: commands and environments of process-compose: its own variables, its
// templates, and its shell, which is bash.
import { resolve } from "node:path";
import type { Group } from "./group.ts";
import type { Environment, WritableModule } from "./imported.ts";
import { malformed } from "./notes.ts";
import { type EnvPair, envFilesFrom, envPair, envParts, refuseName } from "./parts.ts";
import type { ProcessPlace, Project, Words } from "./process-compose-project.ts";
import {
  commandOf,
  lineOf,
  type Mixed,
  shellLine,
  splitMixed,
  valueNow,
  withVariables,
} from "./variables.ts";

export function wordsOf(root: Group, env: Environment): Words {
  const vars = root.group("vars");
  const expands = root.flag("disable_env_expansion") !== true;
  const shell = root.group("shell");
  const program = shell?.text("shell_command") ?? null;
  const argument = shell?.text("shell_argument") ?? "-c";
  const mixed = (text: string, place: ProcessPlace | null): Mixed => {
    const own = place?.group.group("vars") ?? null;
    const number = String(place?.replica ?? 0);
    const filled = text.replace(/\{\{\s*\.([A-Za-z_]\w*)\s*\}\}/g, (whole, name: string) => {
      if (name === "PC_REPLICA_NUM") return number;
      return own?.text(name) ?? vars?.text(name) ?? whole;
    });
    return expands ? withVariables(filled) : [filled];
  };
  const now: Words["now"] = (text, place, key, notes) => {
    const pieces = mixed(text, place);
    if (pieces.some((piece) => typeof piece !== "string")) {
      const instead = "It has the value of the day of the import; change it here.";
      notes.add({
        module: place.id,
        what: `the variable in ${key}`,
        line: place.group.line(key),
        instead,
      });
    }
    return valueNow(pieces, env);
  };
  return { shell: program === null ? null : [program, argument], mixed, now };
}

/** What only bash understands; process-compose runs commands with it. */
const BASHISM =
  /\[\[|<\(|>\(|<<<|\bsource\s|\bfunction\s|\bpipefail\b|\$'|\{\d+\.\.\d+\}|&>|\bdeclare\s/;

export function commandOfProcess(project: Project, place: ProcessPlace): string | string[] {
  const { words, source } = project;
  const { group, id } = place;
  const exports = parts(project, place).exports;
  const entrypoint = group.texts("entrypoint");
  const line = group.text("command");
  const entry = (entrypoint ?? []).map((word) => words.mixed(word, place));
  if (line === null && entry.length === 0) {
    throw malformed(source.shown, group.line(), `'${place.name}' has no command`);
  }
  for (const [key, text] of [
    ["command", line ?? ""],
    ["entrypoint", (entrypoint ?? []).join(" ")],
  ] as const) {
    const left = /\{\{.*?\}\}/.exec(shellLine(words.mixed(text, place)))?.[0];
    if (left === undefined) continue;
    const instead = "Write what it stands for; only plain {{.NAME}} of `vars` is filled in.";
    source.notes.add({ module: id, what: `the template ${left}`, line: group.line(key), instead });
  }
  if (entry.length > 0) {
    const more = line === null ? [] : splitMixed(words.mixed(line, place));
    if (more === null)
      throw malformed(source.shown, group.line("command"), "a quote is never closed");
    return commandOf([...entry, ...more], exports);
  }
  const text = lineOf(shellLine(words.mixed(line ?? "", place)), exports);
  if (words.shell !== null) return [...words.shell, text];
  return BASHISM.test(text) ? ["bash", "-c", text] : text;
}

const pairsOf = (project: Project, group: Group, place: ProcessPlace | null): EnvPair[] => {
  const read = (value: string): Mixed => project.words.mixed(value, place);
  if (group.isList("environment")) {
    return (group.texts("environment") ?? []).map((text) => envPair(text, read));
  }
  const map = group.group("environment");
  return (map?.keys() ?? []).map((name) => [name, read(map?.text(name) ?? "")]);
};

function parts(project: Project, place: ProcessPlace) {
  const { environment, dotenv, source } = project;
  const { group, id, replica } = place;
  const own = replica === null ? [] : [["PC_REPLICA_NUM", [String(replica)]] as const];
  const pairs = [
    ...pairsOf(project, environment, place),
    ...pairsOf(project, group, place),
    ...own,
  ];
  const inFile = new Set(Object.keys(dotenv?.values ?? {}));
  return envParts(pairs, inFile, refuseName(source.notes, id, group.line("environment")));
}

/** `null`: only marks the keys of all processes as read. */
export function envOfProcess(
  project: Project,
  group: Group,
  place: ProcessPlace | null,
): WritableModule {
  const { source, dotenv } = project;
  if (place === null) {
    group.take("environment");
    return {};
  }
  const config: WritableModule = {};
  const { env } = parts(project, place);
  if (Object.keys(env).length > 0) config.env = env;
  const own = [...(group.texts("env_file") ?? []), ...(group.texts("dotenv") ?? [])];
  const plain = own.map((file) => project.words.now(file, place, "env_file", source.notes));
  const unasked = dotenv === null || group.flag("is_dotenv_disabled") === true ? [] : [".env"];
  const files = envFilesFrom(source.outFolder, source.folder, [
    ...unasked,
    ...plain.map((file) => resolve(source.folder, file)),
  ]);
  if (files.length === 1) config.envFile = files[0] as string;
  if (files.length > 1) config.envFile = files;
  return config;
}
