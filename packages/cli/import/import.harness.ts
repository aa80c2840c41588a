// import.harness.ts: imports a text in a folder of its own, without a terminal.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { CommandError } from "../exit-codes.ts";
import { detect } from "./detect.ts";
import { type ImportResult, importFile } from "./import-file.ts";

export type Files = Readonly<Record<string, string>>;
type System = {
  readonly name?: string;
  readonly orchestrator?: Readonly<Record<string, unknown>>;
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly profiles?: unknown;
};
export type Tried = ImportResult & { readonly system: System };

/** The first file is imported; `{}` in a name is a folder to be made. */
export function tryImport(files: Files, env: Readonly<Record<string, string>> = {}): Tried {
  return inFolder(files, (folder) => {
    const [name = ""] = Object.keys(files);
    const found = detect(name, null, folder);
    const result = importFile({
      ...found,
      out: join(folder, "skelly.config.yaml"),
      cwd: folder,
      env: { PATH: process.env["PATH"], ...env },
      node: () => process.execPath,
    });
    return { ...result, system: parse(result.text) as System };
  });
}

export function inFolder<T>(files: Files, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "skelly-import-test-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The one module of a text. */
export function moduleOf(files: Files, env: Readonly<Record<string, string>> = {}) {
  const { system } = tryImport(files, env);
  const [module] = Object.values(system.modules);
  if (module === undefined) throw new Error("nothing was imported");
  return module;
}

/** What was not carried over, as `module: what (where)`. */
export const notesOf = ({ notCarried }: ImportResult): string[] =>
  notCarried.map(({ module, what, where }) => `${module ?? "*"}: ${what} (${where})`);

/** The message and exit code it is refused with. */
export function refusalOf(files: Files): string {
  try {
    tryImport(files);
  } catch (error) {
    if (error instanceof CommandError) return `${error.exitCode} ${error.message}`;
    throw error;
  }
  return "taken";
}
