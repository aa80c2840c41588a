// evaluate.ts: runs a configuration that is a program (TypeScript or JavaScript) and takes its
// default export. Only ever called in a short-lived process of its own.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Problem } from "@skelly-jelly/contract";
import { type Place, syntaxProblem } from "./places.ts";

export type Evaluated = {
  /** `undefined` with problems: it could not be evaluated. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The file and what it imports of its own; changes there change the configuration. */
  readonly sources: readonly string[];
};

const CHECK_TIMEOUT_MS = 5000;

export async function evaluate(
  file: string,
  { profile, env }: { readonly profile: string | null; readonly env: NodeJS.ProcessEnv },
): Promise<Evaluated> {
  const sources = new Set([file]);
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (OURS.has(specifier) && onlyDefinesSystem(specifier, context.parentURL))
        return SYSTEM_ONLY;
      try {
        return next(specifier, context);
      } catch (error) {
        // With a global install the project has no copy of ours; what it needs is this one
        // function.
        if (OURS.has(specifier) && codeOf(error) === "ERR_MODULE_NOT_FOUND") return SYSTEM_ONLY;
        throw error;
      }
    },
    load: (url, context, next) => {
      if (url.startsWith("file:") && !url.includes("/node_modules/")) {
        sources.add(fileURLToPath(url));
      }
      return next(url, context);
    },
  });
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    const exported = (module as { readonly default?: unknown }).default;
    if (exported === undefined) {
      const message = "the file has no default export";
      const suggestion = "write: export default defineSystem({ ... })";
      const problem = syntaxProblem(message, null, { file, code: "no-default-export", suggestion });
      return { value: undefined, problems: [problem], sources: [...sources] };
    }
    const value: unknown =
      typeof exported === "function" ? await exported({ profile, env }) : await exported;
    return { value, problems: [], sources: [...sources] };
  } catch (error) {
    return { value: undefined, problems: [problemOf(error, file)], sources: [...sources] };
  } finally {
    hooks.deregister();
  }
}

const OURS: ReadonlySet<string> = new Set([
  "skelly-jelly",
  "@skelly-jelly/orchestrator",
  "@skelly-jelly/contract",
]);
const SYSTEM_ONLY = {
  url: "data:text/javascript,export const defineSystem = (system) => system;",
  format: "module",
  shortCircuit: true,
} as const;

/** Loading the whole library for a function that returns what it is given would double the time. */
function onlyDefinesSystem(specifier: string, parentUrl: string | undefined): boolean {
  if (parentUrl === undefined || !parentUrl.startsWith("file:")) return false;
  const text = readFileSync(fileURLToPath(parentUrl), "utf8");
  const from = specifier.replaceAll("/", "\\/");
  const clauses = [...text.matchAll(new RegExp(`([^;]*?)from\\s*["']${from}["']`, "g"))];
  return clauses.every(([, before = ""]) => {
    const clause = /import\s+(type\s+)?\{([^}]*)\}\s*$/.exec(before);
    if (clause === null) return false;
    if (clause[1] !== undefined) return true;
    const names = (clause[2] ?? "").split(",").map((name) => name.trim());
    return names.every(
      (name) => name === "" || name === "defineSystem" || name.startsWith("type "),
    );
  });
}

const codeOf = (error: unknown): string | undefined =>
  (error as { readonly code?: string } | null)?.code;

/** What the program threw, as one problem with its place. */
function problemOf(error: unknown, file: string): Problem {
  if (!(error instanceof Error)) {
    const message = `the file threw ${String(error)}`;
    return syntaxProblem(message, null, { file, code: "evaluation" });
  }
  const found =
    placeIn(error.stack ?? "", file) ?? importPlace(error.message) ?? checked(error, file);
  const syntax = error instanceof SyntaxError;
  const firstLine = error.message.split("\n")[0] ?? "";
  return syntaxProblem(
    syntax ? firstLine : `evaluating it failed: ${firstLine || error.name}`,
    found?.place ?? null,
    {
      file: found?.file ?? file,
      code: syntax ? "syntax" : "evaluation",
      suggestion:
        codeOf(error) === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"
          ? "write it without; Node.js only strips types"
          : null,
    },
  );
}

type Found = { readonly file: string; readonly place: Place };

/** The excerpt that Node puts before a stack, or the first frame in a file of the user's. */
function placeIn(stack: string, file: string): Found | null {
  const excerpt = /^((?:file:\/\/)?\/[^\n]*?):(\d+)\n([\s\S]*?)\n([ \t]*)\^/.exec(stack);
  if (excerpt !== null) {
    const column = (excerpt[4] ?? "").length + 1;
    return { file: pathOf(excerpt[1] ?? file), place: { line: Number(excerpt[2]), column } };
  }
  for (const [, url = "", line, column] of stack.matchAll(/(file:\/\/[^\s)]+?):(\d+):(\d+)/g)) {
    if (url.includes("/node_modules/") || isOurProgram(url)) continue;
    return { file: pathOf(url), place: { line: Number(line), column: Number(column) } };
  }
  return null;
}

const isOurProgram = (url: string): boolean => url === import.meta.url;

const pathOf = (text: string): string => (text.startsWith("file:") ? fileURLToPath(text) : text);

/** `Cannot find module X imported from FILE`: the line of FILE that names X. */
function importPlace(message: string): Found | null {
  const [, wanted = "", from = ""] = /'([^']+)' imported from '?([^']+?)'?$/.exec(message) ?? [];
  if (wanted === "") return null;
  const name = basename(wanted, extname(wanted));
  const lines = readFileSync(from, "utf8").split("\n");
  const index = lines.findIndex((each) => /["']/.test(each) && each.includes(name));
  if (index === -1) return null;
  const column = Math.max(0, (lines[index] ?? "").search(/["'][^"']*["']/)) + 1;
  return { file: from, place: { line: index + 1, column } };
}

/**
 * Node tells the place of a JavaScript syntax error only on its way out, so it is asked once more.
 */
function checked(error: Error, file: string): Found | null {
  if (!(error instanceof SyntaxError)) return null;
  const { stderr } = spawnSync(process.execPath, ["--no-warnings", "--check", file], {
    encoding: "utf8",
    timeout: CHECK_TIMEOUT_MS,
  });
  return placeIn(stderr ?? "", file);
}
