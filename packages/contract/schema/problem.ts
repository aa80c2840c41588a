// problem.ts: one thing that is wrong with a configuration: where, what, and the nearest right
// thing.

export type Path = readonly (string | number)[];

export type Problem = {
  readonly severity: "error" | "warning";
  /** Stable, for programs: `unknown-key`, `wrong-value`, `dependency-cycle` … */
  readonly code: string;
  /** `modules.api.dependsOn[0]`; the empty text is the whole file. */
  readonly path: string;
  /** Whether the key or its value is meant; says where the caret goes. */
  readonly at: "key" | "value";
  readonly file: string | null;
  /** From 1; `null` where it is not known. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  /** What to write instead. */
  readonly suggestion: string | null;
};

export type Finding = {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly suggestion?: string | null;
  readonly severity?: "error" | "warning";
  readonly at?: "key" | "value";
};

/** A finding without a place in a file; whoever knows the file adds it. */
export function problem(finding: Finding): Problem {
  return {
    severity: finding.severity ?? "error",
    code: finding.code,
    path: pathText(finding.path),
    at: finding.at ?? "value",
    file: null,
    line: null,
    column: null,
    message: finding.message,
    suggestion: finding.suggestion ?? null,
  };
}

const PLAIN_KEY = /^[A-Za-z_$][\w$:-]*$/;

/** `["modules", "a.b", "dependsOn", 0]` -> `modules["a.b"].dependsOn[0]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!PLAIN_KEY.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

export const isError = ({ severity }: Problem): boolean => severity === "error";

const QUOTED_MAX = 60;

/** A value as it is shown in a message: short, quoted, on one line. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol" || typeof value === "bigint") return `a ${typeof value}`;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a group of keys";
  const text = JSON.stringify(value);
  return text.length <= QUOTED_MAX ? text : `${text.slice(0, QUOTED_MAX)}…"`;
}
