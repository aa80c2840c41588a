// import-file.ts: from another product's file to the text of ours, checked by the real reader.
import { dirname, relative } from "node:path";
import { isError, type Problem } from "@skelly-jelly/contract";
import { CommandError, EXIT } from "../exit-codes.ts";
import { resolveParsed } from "../read-config/read-system.ts";
import { readYaml } from "../read-config/read-yaml.ts";
import { importCompose } from "./compose.ts";
import { type Found, PRODUCTS } from "./detect.ts";
import type { Environment, Format, Imported, Source } from "./imported.ts";
import { type NotCarried, Notes } from "./notes.ts";
import { importPm2 } from "./pm2.ts";
import { importProcessCompose } from "./process-compose.ts";
import { importProcfile } from "./procfile.ts";
import { settle } from "./settle.ts";
import { importSupervisord } from "./supervisord.ts";
import { writeSystem } from "./write-system.ts";

const IMPORTERS: Readonly<Record<Format, (source: Source) => Imported>> = {
  procfile: importProcfile,
  "process-compose": importProcessCompose,
  pm2: importPm2,
  compose: importCompose,
  supervisord: importSupervisord,
};

export type ImportRequest = Found & {
  /** The file that will be written; its paths are relative to it. */
  readonly out: string;
  readonly cwd: string;
  readonly env: Environment;
  /** Node.js for sources that are programs. */
  readonly node: () => string;
};

export type ImportResult = {
  readonly text: string;
  /** Their ids. */
  readonly modules: readonly string[];
  readonly notCarried: readonly NotCarried[];
  /** What this machine lacks for it to run. */
  readonly problems: readonly Problem[];
};

/** Writes nothing. Throws a CommandError with exit code 78 for a source that makes no sense. */
export function importFile(request: ImportRequest): ImportResult {
  const { file, format, out, cwd, env } = request;
  const near = relative(cwd, file);
  const shown = near.startsWith("..") ? file : near;
  const notes = new Notes(shown);
  const folder = dirname(file);
  const source: Source = { ...request, shown, folder, outFolder: dirname(out), notes };
  const imported = IMPORTERS[format](source);
  const settled = settle(imported, notes);
  const product = PRODUCTS[format];
  const text = writeSystem({ shown, product, imported, settled, notCarried: notes.all });
  const parsed = readYaml(text);
  const profiles = [
    null,
    ...Object.keys(imported.profiles),
    ...settled.modules.flatMap(({ config }) => config.profiles ?? []),
  ];
  for (const profile of new Set(profiles)) {
    const { problems } = resolveParsed(out, parsed, { machine: null, env, profile });
    const wrong = problems.filter(isError);
    if (wrong.length > 0) throw contradictory(shown, wrong);
  }
  const { problems } = resolveParsed(out, parsed, { env });
  return { text, modules: settled.modules.map(({ id }) => id), notCarried: notes.all, problems };
}

/** The source says what no system can be, such as a cycle. */
const contradictory = (shown: string, wrong: readonly Problem[]): CommandError =>
  new CommandError(EXIT.badConfig, `${shown} makes no system that can run; nothing was written.`, [
    ...wrong.map(({ path, message, suggestion }) =>
      [`${path}: ${message}.`, suggestion ?? ""].join(" ").trim(),
    ),
  ]);
