// variables.ts: text with variables in it (`${NAME:-default}`), which stay variables: a value that
// is read when the module starts is not frozen into a file, and a secret is not copied into it.
import type { Environment } from "./imported.ts";

export type Variable = {
  readonly name: string;
  /** As the POSIX shell writes it; Compose and process-compose have the same forms. */
  readonly shell: string;
};
export type Mixed = readonly (string | Variable)[];

/** `$$` is a dollar; `$NAME`, `${NAME}`, `${NAME:-default}` and the like are variables. */
export function withVariables(text: string): Mixed {
  const pieces: (string | Variable)[] = [];
  let literal = "";
  const variable = (name: string, shell: string): void => {
    if (literal !== "") pieces.push(literal);
    literal = "";
    pieces.push({ name, shell });
  };
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== "$") {
      literal += text[at];
      continue;
    }
    if (text[at + 1] === "$") {
      literal += "$";
      at += 1;
      continue;
    }
    const bare = /^\$([A-Za-z_][A-Za-z0-9_]*)/.exec(text.slice(at));
    const end = text[at + 1] === "{" ? closingBrace(text, at + 2) : -1;
    const name = /^[A-Za-z_][A-Za-z0-9_]*(?=$|:?[-+?])/.exec(text.slice(at + 2, end))?.[0];
    if (bare !== null) {
      variable(bare[1] ?? "", `\${${bare[1]}}`);
      at += bare[0].length - 1;
    } else if (end !== -1 && name !== undefined) {
      variable(name, `\${${text.slice(at + 2, end).replaceAll("$$", "\\$")}}`);
      at = end;
    } else literal += "$";
  }
  if (literal !== "") pieces.push(literal);
  return pieces;
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** The text, or `null` when it has variables. */
export const plainText = (mixed: Mixed): string | null =>
  mixed.every((piece) => typeof piece === "string") ? mixed.join("") : null;

export const variablesIn = (mixed: Mixed): Variable[] =>
  mixed.filter((piece) => typeof piece !== "string");

/** What the text is now, for keys that cannot hold a variable. */
export function valueNow(mixed: Mixed, env: Environment): string {
  return mixed.map((piece) => (typeof piece === "string" ? piece : expand(piece, env))).join("");
}

function expand({ name, shell }: Variable, env: Environment): string {
  const [, colon = "", sign = "", other = ""] =
    /^\$\{\w+(?:(:?)([-+?])([\s\S]*))?\}$/.exec(shell) ?? [];
  const value = env[name];
  const there = value !== undefined && (colon === "" || value !== "");
  const alternative = (): string => valueNow(withVariables(other.replaceAll("\\$", "$$$$")), env);
  if (sign === "+") return there ? alternative() : "";
  if (sign === "-" && !there) return alternative();
  return value ?? "";
}

/** One word for the shell. */
export function shellWord(mixed: Mixed): string {
  const text = plainText(mixed);
  if (text !== null) {
    return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  }
  const inside = mixed.map((piece) =>
    typeof piece === "string" ? piece.replace(/[\\"$`]/g, "\\$&") : piece.shell,
  );
  return `"${inside.join("")}"`;
}

/** A shell line with its variables in place; what is literal is the shell's to read. */
export const shellLine = (mixed: Mixed): string =>
  mixed.map((piece) => (typeof piece === "string" ? piece : piece.shell)).join("");

export type Exports = readonly (readonly [name: string, value: Mixed])[];

const exportsOf = (exports: Exports): string =>
  exports.map(([name, value]) => `export ${name}=${shellWord(value)}; `).join("");

/** A list of words where nothing needs a shell, else a line that becomes the program. */
export function commandOf(words: readonly Mixed[], exports: Exports = []): string | string[] {
  const plain = words.map(plainText);
  if (exports.length === 0 && plain.every((word) => word !== null)) return plain;
  return `${exportsOf(exports)}exec ${words.map(shellWord).join(" ")}`;
}

export const lineOf = (line: string, exports: Exports): string => `${exportsOf(exports)}${line}`;

/** Words as Python's shlex and Docker cut them; `null` when a quote is never closed. */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === "'" || char === '"') {
      const end = closingQuote(text, at + 1, char);
      if (end === -1) return null;
      const inside = text.slice(at + 1, end);
      word = (word ?? "") + (char === '"' ? inside.replace(/\\(["\\])/g, "$1") : inside);
      at = end;
    } else if (char === "\\" && at + 1 < text.length) {
      at += 1;
      word = (word ?? "") + text[at];
    } else word = (word ?? "") + char;
  }
  return word === null ? words : [...words, word];
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

/** The same for text with variables, which are never cut. */
export function splitMixed(mixed: Mixed): Mixed[] | null {
  const variables = variablesIn(mixed);
  let count = 0;
  const marked = mixed.map((piece) =>
    typeof piece === "string" ? piece : `\uE000${count++}\uE001`,
  );
  const words = splitWords(marked.join(""));
  if (words === null) return null;
  return words.map((word) =>
    word
      .split(/\uE000(\d+)\uE001/)
      .map((piece, index) => (index % 2 === 0 ? piece : (variables[Number(piece)] ?? "")))
      .filter((piece) => piece !== ""),
  );
}
