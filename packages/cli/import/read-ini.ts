// read-ini.ts: the ini dialect of Python's ConfigParser as supervisord reads it, with lines. The ini
// parsers of npm cut a command at its `;` and know neither continued values nor lines, so none is used.
import { malformed } from "./notes.ts";

export type IniValue = { readonly value: string; readonly line: number; readonly shown: string };
export type IniSection = {
  readonly name: string;
  readonly line: number;
  readonly shown: string;
  /** The keys are in lower case, as they are compared there. */
  readonly values: Map<string, IniValue>;
};

/** A later section of the same name adds to the first; a later value of the same key wins. */
export function readIni(text: string, shown: string): IniSection[] {
  const sections = new Map<string, IniSection>();
  let section: IniSection | null = null;
  let open: { readonly key: string; readonly indent: number } | null = null;
  for (const [index, written] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    if (/^\s*[;#]/.test(written)) continue;
    const bare = written.replace(/(^|\s)[;#].*$/, "").trimEnd();
    if (bare.trim() === "") continue;
    const indent = bare.search(/\S/);
    const before = open === null ? undefined : section?.values.get(open.key);
    if (section !== null && open !== null && before !== undefined && indent > open.indent) {
      section.values.set(open.key, { ...before, value: `${before.value}\n${bare.trim()}` });
      continue;
    }
    const name = /^\s*\[([^\]]+)\]/.exec(bare)?.[1];
    if (name !== undefined) {
      section = sections.get(name) ?? { name, line, shown, values: new Map() };
      sections.set(name, section);
      open = null;
      continue;
    }
    const [, key, value] = /^\s*([^=:\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(bare) ?? [];
    if (section === null || key === undefined || value === undefined) {
      const what = section === null ? "stands before the first [section]" : "is no `key = value`";
      throw malformed(shown, line, `'${bare.trim().slice(0, 60)}' ${what}`);
    }
    open = { key: key.toLowerCase(), indent };
    section.values.set(open.key, { value, line, shown });
  }
  return [...sections.values()];
}
