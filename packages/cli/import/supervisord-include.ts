// supervisord-include.ts: the files that a supervisord.conf includes, by patterns.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Source } from "./imported.ts";
import { malformed } from "./notes.ts";
import { type IniSection, readIni } from "./read-ini.ts";
import { expand } from "./supervisord-expand.ts";
import { valueNow } from "./variables.ts";

/** Those files may not include others, there as here. */
export function included(source: Source, own: readonly IniSection[]): IniSection[] {
  const files = own.find(({ name }) => name === "include")?.values.get("files");
  if (files === undefined) return [];
  const patterns = valueNow(expand(files, { here: source.folder }), source.env).split(/\s+/);
  return patterns
    .filter((pattern) => pattern !== "")
    .flatMap((pattern) => {
      const found = matching(resolve(source.folder, pattern));
      if (found.length === 0) {
        source.notes.add({
          module: null,
          what: `the include '${pattern}', which no file matches`,
          line: files.line,
          instead: "Import again where its files are.",
        });
      }
      return found.flatMap((file) => {
        const shown = join(dirname(source.shown), relative(source.folder, file));
        return file === source.file ? [] : readIni(textOf(file, shown), shown);
      });
    });
}

function textOf(file: string, shown: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw malformed(
      shown,
      null,
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** `*`, `?` and `[…]` in any part of the path; sorted. */
function matching(pattern: string): string[] {
  const folder = dirname(pattern);
  const folders =
    folder === pattern ? [folder] : /[*?[]/.test(folder) ? matching(folder) : [folder];
  const part = basename(pattern);
  const form = new RegExp(
    `^${part
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
  return folders.flatMap((each) => {
    if (statSync(each, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    return readdirSync(each)
      .filter((name) => form.test(name) && (!name.startsWith(".") || part.startsWith(".")))
      .sort()
      .map((name) => join(each, name));
  });
}
