// supervisord.ts: imports supervisord.conf: its programs, with those of the files it includes.
import { resolve } from "node:path";
import type { Draft, Imported, Source, WritableModule } from "./imported.ts";
import { malformed } from "./notes.ts";
import { type EnvPair, envParts, Ids, placeIn, refuseName } from "./parts.ts";
import { type IniSection, type IniValue, readIni } from "./read-ini.ts";
import { ADVICE, SECTION_ADVICE } from "./supervisord-advice.ts";
import { expand, type Scope } from "./supervisord-expand.ts";
import { included } from "./supervisord-include.ts";
import { lifeOf, numberAt } from "./supervisord-life.ts";
import { nowAt, type Program } from "./supervisord-program.ts";
import { commandOf, type Mixed, splitWords, valueNow } from "./variables.ts";

export function importSupervisord(source: Source): Imported {
  const { text, shown } = source;
  const own = readIni(text, shown);
  const sections = merged([...own, ...included(source, own)]);
  const daemon = sections.find(({ name }) => name === "supervisord") ?? null;
  const programs = sections.filter(({ name }) => name.startsWith("program:"));
  const groups = sections.filter(({ name }) => name.startsWith("group:"));
  const ids = new Ids();
  const drafts = programs.flatMap((section) => draftsOf(source, section, { daemon, groups, ids }));
  const others = sections.filter((section) => !programs.includes(section));
  for (const section of others) noteSection(source, section);
  if (drafts.length === 0) throw malformed(shown, null, "it has no [program:…] section");
  noteOrder(source, programs);
  const leftOut = others
    .filter(({ name }) => /^(eventlistener|fcgi-program):/.test(name))
    .map(({ name, line }) => ({ name, line, why: adviceFor(name) }));
  return { name: null, drafts, leftOut, profiles: {} };
}

/** A section that is there already adds to it; its values win. */
function merged(sections: readonly IniSection[]): IniSection[] {
  const all = new Map<string, IniSection>();
  for (const section of sections) {
    const before = all.get(section.name);
    if (before === undefined) all.set(section.name, section);
    else for (const [key, value] of section.values) before.values.set(key, value);
  }
  return [...all.values()];
}

type Around = {
  readonly daemon: IniSection | null;
  readonly groups: readonly IniSection[];
  readonly ids: Ids;
};

/** One module; or one for each process where they are told apart by %(process_num)d. */
function draftsOf(source: Source, section: IniSection, around: Around): Draft[] {
  const name = section.name.slice("program:".length).trim();
  const count = Number(section.values.get("numprocs")?.value ?? 1);
  if (!Number.isInteger(count) || count < 1) {
    const line = section.values.get("numprocs")?.line ?? section.line;
    throw malformed(section.shown, line, "numprocs must be a whole number of at least 1");
  }
  const told = ["command", "environment", "directory"].some((key) =>
    section.values.get(key)?.value.includes("%(process_num)"),
  );
  const first = Number(section.values.get("numprocs_start")?.value ?? 0);
  const group =
    around.groups
      .find(({ values }) =>
        (values.get("programs")?.value ?? "").split(",").some((each) => each.trim() === name),
      )
      ?.name.slice("group:".length) ?? name;
  const scopeOf = (number: number): Scope => ({
    here: source.folder,
    program_name: name,
    group_name: group,
    numprocs: String(count),
    process_num: String(number),
  });
  if (count === 1 || !told) {
    const draft = draftOf(source, section, around, scopeOf(first), around.ids.of(name));
    if (count > 1) draft.config.instances = count;
    return [draft];
  }
  return Array.from({ length: count }, (_, index) => {
    const scope = scopeOf(first + index);
    const written = section.values.get("process_name");
    const own =
      written === undefined
        ? `${name}-${first + index}`
        : valueNow(expand(written, scope), source.env);
    return draftOf(source, section, around, scope, around.ids.of(own));
  });
}

function draftOf(
  source: Source,
  section: IniSection,
  { daemon }: Around,
  scope: Scope,
  id: string,
): Draft {
  const { notes, folder, outFolder } = source;
  const taken = new Set(["numprocs", "numprocs_start", "process_name", "priority"]);
  const program: Program = {
    source,
    section,
    id,
    scope,
    take(key) {
      taken.add(key);
      return section.values.get(key) ?? null;
    },
    note(what, key, instead) {
      const line = section.values.get(key)?.line ?? section.line;
      notes.add({ module: id, what, line, instead, file: section.shown });
    },
  };
  const command = program.take("command");
  if (command === null)
    throw malformed(section.shown, section.line, `[${section.name}] has no command`);
  const words = splitWords(command.value);
  if (words === null) throw malformed(section.shown, command.line, "a quote is never closed");
  const pairs = [
    ...environmentOf(daemon?.values.get("environment"), scope),
    ...environmentOf(program.take("environment") ?? undefined, scope),
  ];
  const { env, exports } = envParts(pairs, new Set(), refuseName(notes, id, section.line));
  const read = (value: string): Mixed => expand({ ...command, value }, scope);
  const config: WritableModule = { command: commandOf(words.map(read), exports) };
  const directory = program.take("directory") ?? daemon?.values.get("directory") ?? null;
  const cwd = directory === null ? folder : resolve(folder, nowAt(program, directory, "directory"));
  placeIn(config, outFolder, cwd, directory?.value);
  if (Object.keys(env).length > 0) config.env = env;
  Object.assign(config, lifeOf(program, daemon));
  for (const [key, { line }] of section.values) {
    if (taken.has(key)) continue;
    const instead = ADVICE[key] ?? "Skelly has nothing of that name; see docs/configuration.md.";
    notes.add({ module: id, what: key, line, instead, file: section.shown });
  }
  const comments = section.shown === source.shown ? [] : [`It stands in ${section.shown}.`];
  return {
    name: section.name,
    id,
    line: section.shown === source.shown ? section.line : null,
    config,
    edges: [],
    comments,
  };
}

/** `KEY="value",OTHER=value`, over one line or several. */
function environmentOf(written: IniValue | undefined, scope: Scope): EnvPair[] {
  if (written === undefined) return [];
  const pairs: EnvPair[] = [];
  const rest = written.value.replace(
    /\s*([^\s=,]+)\s*=\s*("(?:\\.|[^"\\])*"|'[^']*'|[^,"'\n]*)\s*(?:,|\n|$)\s*/g,
    (_, name: string, text: string) => {
      const inside = /^["']/.test(text) ? text.slice(1, -1) : text.trim();
      const value = text.startsWith('"') ? inside.replace(/\\(["\\])/g, "$1") : inside;
      pairs.push([name, expand({ ...written, value }, scope)]);
      return "";
    },
  );
  if (rest.trim() !== "") {
    const near = rest.trim().slice(0, 40);
    throw malformed(
      written.shown,
      written.line,
      `environment is no list of KEY="value": near '${near}'`,
    );
  }
  return pairs;
}

const adviceFor = (name: string): string =>
  SECTION_ADVICE[name.split(":")[0] ?? ""] ?? "Skelly has nothing like it.";

function noteSection({ notes }: Source, { name, line, shown, values }: IniSection): void {
  if (name === "include") return;
  if (name !== "supervisord") {
    notes.add({ module: null, what: `[${name}]`, line, instead: adviceFor(name), file: shown });
    return;
  }
  for (const [key, value] of values) {
    if (["environment", "directory", "umask", "user"].includes(key)) continue;
    notes.add({
      module: null,
      what: `[supervisord] ${key}`,
      line: value.line,
      instead: adviceFor(name),
      file: shown,
    });
  }
}

/** Lower ones start first there, without waiting; here edges say what starts before what. */
function noteOrder({ notes }: Source, programs: readonly IniSection[]): void {
  const priority = ({ values }: IniSection): number => numberAt(values.get("priority")) ?? 999;
  if (new Set(programs.map(priority)).size < 2) return;
  const order = [...programs].sort((a, b) => priority(a) - priority(b));
  const first = order.find(({ values }) => values.has("priority")) as IniSection;
  notes.add({
    module: null,
    what: `the order by priority: ${order.map(({ name }) => name.slice("program:".length)).join(", ")}`,
    line: first.values.get("priority")?.line ?? first.line,
    instead: "Write `dependsOn` where one needs another: it also waits until that one is ready.",
    file: first.shown,
  });
}
