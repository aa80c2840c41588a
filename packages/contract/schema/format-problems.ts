// format-problems.ts: problems as people read them: place, what is wrong, the line with a caret, a
// count.
import type { Problem } from "./problem.ts";
import { isError } from "./problem.ts";

export type FormatOptions = {
  readonly color?: boolean;
  /** Files inside it are named relative to it. */
  readonly cwd?: string;
  /** The text of a file, for the line and the caret; or of the one file, as it is. */
  readonly sourceText?: string | ((file: string) => string | null);
};

/** Empty when there are no problems. */
export function formatProblems(
  problems: readonly Problem[],
  { color = false, cwd, sourceText }: FormatOptions = {},
): string {
  if (problems.length === 0) return "";
  const paint = (code: number, words: string): string =>
    color ? `\u001b[${code}m${words}\u001b[0m` : words;
  const textOf = (file: string | null): string | null => {
    if (typeof sourceText === "string") return sourceText;
    return file === null ? null : (sourceText?.(file) ?? null);
  };
  const blocks = inOrder(problems).map((each) => {
    const word = isError(each) ? paint(31, "error") : paint(33, "warning");
    const says = each.suggestion === null ? each.message : `${each.message}; ${each.suggestion}`;
    const head = `${paint(1, placeOf(each, cwd))}  ${word}  ${says}`;
    return [head, ...excerpt(each, textOf(each.file), paint)].join("\n");
  });
  return `${blocks.join("\n")}\n${countLine(problems)}\n`;
}

/** Errors and warnings as they stand in the file; what has no place comes first. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** `skelly.config.yaml:12:5`, or the path inside the configuration where the line is not known. */
export function placeOf({ file, line, column, path }: Problem, cwd?: string): string {
  const name =
    file === null
      ? "config"
      : cwd !== undefined && file.startsWith(`${cwd}/`)
        ? file.slice(cwd.length + 1)
        : file;
  if (line !== null) return `${name}:${line}${column === null ? "" : `:${column}`}`;
  return path === "" ? name : `${name}: ${path}`;
}

const EXCERPT_MAX = 160;

function excerpt(
  { line, column }: Problem,
  source: string | null,
  paint: (code: number, words: string) => string,
): readonly string[] {
  if (line === null || source === null) return [];
  const written = source.split(/\r?\n/, line)[line - 1];
  if (written === undefined || written.length > EXCERPT_MAX) return [];
  const number = String(line).padStart(5);
  const shownLine = `${paint(2, `${number} |`)} ${written}`;
  if (column === null) return [shownLine];
  // Tabs stay tabs, so that the caret stands under its column in any terminal.
  const indent = written.slice(0, column - 1).replace(/[^\t]/g, " ");
  return [shownLine, `${paint(2, "      |")} ${indent}${paint(31, "^")}`];
}

function countLine(problems: readonly Problem[]): string {
  const errors = problems.filter(isError).length;
  const warnings = problems.length - errors;
  const count = (amount: number, word: string): string =>
    `${amount} ${word}${amount === 1 ? "" : "s"}`;
  const parts = [
    ...(errors > 0 ? [count(errors, "error")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
  ];
  return parts.join(", ");
}
