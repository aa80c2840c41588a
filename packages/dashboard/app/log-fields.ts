// log-fields.ts: the structure in a line: JSON objects, and name=value behind a message. Pure.

export type Fields = readonly (readonly [string, string])[];
export type ParsedLine = {
  readonly text: string;
  readonly fields: Fields;
  readonly level: "debug" | "info" | "warn" | "error" | null;
};

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const VALUE = String.raw`${TEXT}|\[(?:${TEXT}|[^\]"])*\]|\{(?:${TEXT}|[^}"])*\}|[^\s"[{][^\s"]*`;
const PAIR = new RegExp(String.raw`([A-Za-z_][\w.-]*)=(${VALUE})(?=\s|$)`, "y");
/** Where fields may begin: the first name with a value behind a blank. */
const BEGIN = /\s+(?=[A-Za-z_][\w.-]*=)/g;
const LINE_MAX = 4_000;
const LEVELS: Readonly<Record<string, ParsedLine["level"]>> = {
  "10": "debug",
  "20": "debug",
  "30": "info",
  "40": "warn",
  "50": "error",
  "60": "error",
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  fatal: "error",
};

export function fieldsOf(line: string): ParsedLine {
  if (line.length > LINE_MAX) return plain(line);
  if (line.startsWith("{")) return ofJson(line) ?? plain(line);
  for (const { index, 0: blank } of line.matchAll(BEGIN)) {
    const fields = pairs(line, index + blank.length);
    if (fields === null) continue;
    const text = line.slice(0, index);
    return { text, fields, level: levelIn(text) };
  }
  return plain(line);
}

/** Pairs from there to the end, or `null` when something else is between them. */
function pairs(line: string, from: number): Fields | null {
  const fields: [string, string][] = [];
  for (let at = from; at < line.length; ) {
    PAIR.lastIndex = at;
    const match = PAIR.exec(line);
    if (match === null) return line.slice(at).trim() === "" ? fields : null;
    fields.push([match[1] ?? "", unquoted(match[2] ?? "")]);
    at = PAIR.lastIndex;
    while (line[at] === " ") at++;
  }
  return fields;
}

function ofJson(line: string): ParsedLine | null {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    // It only looked like it.
    return null;
  }
  const { msg, message, level, time: _t, timestamp: _s, ...rest } = value;
  const text = typeof msg === "string" ? msg : typeof message === "string" ? message : "";
  const fields = Object.entries(rest).map(
    ([name, each]) => [name, typeof each === "string" ? each : JSON.stringify(each)] as const,
  );
  return { text, fields, level: LEVELS[String(level).toLowerCase()] ?? null };
}

const plain = (text: string): ParsedLine => ({ text, fields: [], level: levelIn(text) });

const levelIn = (text: string): ParsedLine["level"] =>
  LEVELS[/^\[?(debug|info|warn(?:ing)?|error|fatal)\b/i.exec(text)?.[1]?.toLowerCase() ?? ""] ??
  null;

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
