// dotenv.ts: reads an envFile: `KEY=VALUE` lines with quotes, comments and `export`.

export type Dotenv = {
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** Lines that say nothing that can be read. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
};

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=[ \t]*(.*)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The last of two equal keys wins. Nothing in a value is replaced: `$` is a dollar. */
export function parseDotenv(text: string): Dotenv {
  const entries = new Map<string, string>();
  const problems: { line: number; message: string }[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (/^\s*(#|$)/.test(line)) continue;
    const match = ASSIGNMENT.exec(line);
    if (match === null) {
      problems.push({ line: index + 1, message: "is no KEY=VALUE line" });
      continue;
    }
    const [, key = "", written = ""] = match;
    const quote = /^["'`]/.exec(written)?.[0];
    if (quote === undefined) {
      entries.set(key, written.replace(/(^|\s)#.*$/, "").trim());
      continue;
    }
    // A quoted value may go on over several lines.
    const rest = [written.slice(1), ...lines.slice(index + 1)].join("\n");
    const end = closing(rest, quote);
    if (end === -1) {
      problems.push({ line: index + 1, message: `has a ${quote} that is never closed` });
      continue;
    }
    const inner = rest.slice(0, end);
    const value =
      quote === '"' ? inner.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char) : inner;
    entries.set(key, value);
    index += inner.split("\n").length - 1;
  }
  return { entries: [...entries], problems };
}

function closing(text: string, quote: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}
