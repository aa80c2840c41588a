// doctest.ts: what the documents show, taken apart so that a test can try it: fences, links, commands, paths.
//
// A fence marked `ts` is a program: it is type-checked and run. `expression; // => value` in it is an
// assertion. One that opens with a comment such as `// sweeper.ts` is written under that name, so
// that a later fence of the same document can import it. `ts nocheck: why` is passed over. A `yaml`
// or `json` fence with `modules` is a whole system. In `sh` fences the commands must exist.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

export type Fence = {
  /** `docs/library.md`. */
  readonly document: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  /** Why it is passed over; null: it is not. */
  readonly unchecked: string | null;
  readonly text: string;
};

/** Every document that is read by people who use or change Skelly. */
export function documents(): readonly string[] {
  const found = globSync("{*.md,{docs,bench,packages,modules}/**/*.md}", {
    cwd: ROOT,
    exclude: (path) => /(^|\/)(node_modules|dist|\.skelly)(\/|$)/.test(path),
  });
  return found.sort();
}

export const textOf = (document: string): string => readFileSync(join(ROOT, document), "utf8");

export function fencesOf(document: string, text = textOf(document)): readonly Fence[] {
  const fences: Fence[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const opened = /^( *)```(\w*)\s*(.*)$/.exec(lines[at] ?? "");
    if (opened === null) continue;
    const [, indent = "", language = "", note = ""] = opened;
    const end = lines.findIndex(
      (line, index) => index > at && line.trimEnd() === `${indent}\`\`\``,
    );
    if (end < 0) throw new Error(`${document}:${at + 1}: a fence that is never closed`);
    const inside = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    const unchecked = /^nocheck(?::\s*(.*))?$/.exec(note);
    fences.push({
      document,
      line: at + 2,
      language,
      unchecked: unchecked === null ? null : (unchecked[1] ?? ""),
      text: `${inside.join("\n")}\n`,
    });
    at = end;
  }
  return fences;
}

/** Text outside of fences, with as many lines, so that a place in it is a place in the file. */
export function proseOf(document: string, text = textOf(document)): readonly string[] {
  const lines = text.split("\n");
  for (const fence of fencesOf(document, text)) {
    lines.fill("", fence.line - 2, fence.line + fence.text.split("\n").length - 1);
  }
  return lines;
}

/** The name a program gives itself in its first line, or one made of its place. */
export function fileOf({ text, line, language }: Fence): string {
  const named = /^\/\/ ([\w.-]+\.m?ts)\b/.exec(text);
  return named?.[1] ?? `line-${line}.${language}`;
}

/** The same program, line for line, with its `// => value` made assertions. */
export function withAssertions(text: string, helper: string): string {
  let asserts = 0;
  const lines = text.split("\n").map((line) => {
    const shown = /^(\s*)(.*?);?\s*\/\/ => (.+)$/.exec(line);
    if (shown === null) return line;
    asserts += 1;
    const [, indent, statement = "", expected] = shown;
    const kept = /^(?:const|let) (\w+)\b/.exec(statement);
    if (kept !== null) return `${indent}${statement}; doctestEqual(${kept[1]}, ${expected});`;
    const printed = /^console\.log\((.*)\)$/.exec(statement);
    return `${indent}doctestEqual(${printed?.[1] ?? statement}, ${expected});`;
  });
  const open = asserts === 0 ? "" : `import { doctestEqual } from ${JSON.stringify(helper)}; `;
  return open + lines.join("\n");
}

export const HELPER = `import assert from "node:assert/strict";
export const doctestEqual = (actual: unknown, expected: unknown): void =>
  assert.deepEqual(actual, expected);
`;

export type Command = { readonly place: string; readonly words: readonly string[] };

/** Commands of `sh` fences, and commands in the prose between backticks. */
export function commandsOf(document: string): readonly Command[] {
  const inFences = fencesOf(document)
    .filter(({ language, unchecked }) => language === "sh" && unchecked === null)
    .flatMap(({ text, line }) =>
      text.split("\n").map((command, at) => ({ place: `${document}:${line + at}`, command })),
    );
  const inProse = proseOf(document).flatMap((line, at) =>
    [...line.matchAll(/`([^`]+)`/g)]
      .map(([, command = ""]) => ({ place: `${document}:${at + 1}`, command }))
      .filter(({ command }) => /^(skelly|npm) [a-z]/.test(command)),
  );
  return [...inFences, ...inProse].flatMap(({ place, command }) =>
    command
      .replace(/(^|\s)#.*$/, "")
      .split(/;|&&|\|\|?(?=\s)/)
      .map((part) => part.trim().split(/\s+/))
      .map((words) => ({ place, words: words[0] === "npx" ? words.slice(1) : words })),
  );
}

export type Link = { readonly place: string; readonly document: string; readonly target: string };

/** Links to files and headings of this repository. */
export function linksOf(document: string): readonly Link[] {
  return proseOf(document).flatMap((line, at) =>
    [...line.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
      .map(([, inText, inTag]) => inText ?? inTag ?? "")
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ place: `${document}:${at + 1}`, document, target })),
  );
}

/** What is wrong with a link; null when nothing is. */
export function linkTrouble({ place, document, target }: Link): string | null {
  const [path = "", anchor = ""] = target.split("#");
  const file = path === "" ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, file))) return `${place}: there is no ${file}`;
  if (anchor === "" || !file.endsWith(".md")) return null;
  return headingsOf(file).includes(anchor) ? null : `${place}: ${file} has no heading #${anchor}`;
}

/** As GitHub names them. */
function headingsOf(document: string): readonly string[] {
  return proseOf(document).flatMap((line) => {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading === undefined) return [];
    return [
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ];
  });
}

const PATH = /^(packages|modules|docs|tools|bench|examples)\/[\w./*{},-]+$/;

/** Files that the prose names between backticks and that are not there. */
export function missingPaths(document: string): readonly string[] {
  return proseOf(document).flatMap((line, at) =>
    [...line.matchAll(/`([^`]+)`/g)]
      .map(([, path = ""]) => path)
      .filter((path) => PATH.test(path) && globSync(path, { cwd: ROOT }).length === 0)
      .map((path) => `${document}:${at + 1}: there is no ${path}`),
  );
}
