// problem.ts: the problems of a configuration as the command prints them, with the lines of their
// files.
import { readFileSync } from "node:fs";
import { formatProblems as format, type Problem } from "@skelly-jelly/contract";

export type ConfigProblem = Problem;

/** Place, words, the line with a caret, and a count at the end; empty when there is nothing. */
export function formatProblems(
  problems: readonly ConfigProblem[],
  options: { readonly color?: boolean; readonly cwd?: string } = {},
): string {
  const texts = new Map<string, string | null>();
  const sourceText = (file: string): string | null => {
    const known = texts.get(file);
    if (known !== undefined) return known;
    const text = textOf(file);
    texts.set(file, text);
    return text;
  };
  return format(problems, { cwd: process.cwd(), ...options, sourceText }).trimEnd();
}

/** Without its file a problem still has its place; only the excerpt is missing. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
