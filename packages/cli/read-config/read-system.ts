// read-system.ts: from a configuration file to the resolved system. YAML and JSON are read here;
// TypeScript and JavaScript are evaluated by a short-lived process that prints plain data.
import { readFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { type Problem, resolveSystem, type SystemDescriptor } from "@skelly-jelly/contract";
import { machine as thisMachine } from "@skelly-jelly/contract/internal";
import { evaluateApart } from "./evaluate-apart.ts";
import { createPlaces, type Parsed, placed, syntaxProblem } from "./places.ts";
import { readJson } from "./read-json.ts";
import type { ReadOptions, ReadResult } from "./read-result.ts";

export type { ReadOptions, ReadResult } from "./read-result.ts";

/** Larger than any configuration. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;

/** Never throws for what a file holds; everything wrong with it is a problem. */
export async function readSystem(path: string, options: ReadOptions = {}): Promise<ReadResult> {
  const file = resolve(path);
  if (/^\.[mc]?[jt]s$/.test(extname(file))) {
    if (options.evaluate !== undefined) return evaluateApart(file, options.evaluate, options);
    const message = "a program is evaluated in a process of its own; none was named for it";
    return refused(file, syntaxProblem(message, null, { file }));
  }
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return refused(file, syntaxProblem(message, null, { file, code: "unreadable" }));
  }
  if (text.length > FILE_MAX_BYTES) {
    return refused(file, syntaxProblem("is larger than any configuration", null, { file }));
  }
  const parsed = await parse(file, text);
  return resolveParsed(file, parsed, options);
}

async function parse(file: string, text: string): Promise<Parsed> {
  if (extname(file) === ".json") return readJson(text);
  if (/^\.ya?ml$/.test(extname(file))) return (await import("./read-yaml.ts")).readYaml(text);
  const message = `'${extname(file)}' is no kind of configuration file`;
  const suggestion = "name it .ts, .mts, .js, .mjs, .json or .yaml";
  const problem = syntaxProblem(message, null, { suggestion });
  return { value: undefined, places: createPlaces(), problems: [problem] };
}

/** Checks and resolves what a reader found, and puts every problem in its place. */
export function resolveParsed(
  file: string,
  { value, places, problems }: Parsed,
  { profile = null, env = process.env, machine = thisMachine }: ReadOptions,
  sources: readonly string[] = [file],
): ReadResult {
  const named = (found: readonly Problem[]): readonly Problem[] =>
    found.map((each) => (each.file === null ? { ...each, file } : each));
  if (value === undefined) return { system: null, problems: named(problems), sources };
  const directory = dirname(file);
  const resolved = resolveSystem(value, { directory, file, env, profile, machine });
  const all = [...named(problems), ...placed(resolved.problems, places)];
  const broken = all.some(({ severity }) => severity === "error");
  const read = resolved.system === null ? [] : envFilesOf(resolved.system);
  return {
    system: broken ? null : resolved.system,
    problems: all,
    sources: [...new Set([...sources, ...read])],
  };
}

const refused = (file: string, problem: Problem): ReadResult => ({
  system: null,
  problems: [problem],
  sources: [file],
});

/** The envFiles that the descriptors refer to. */
function envFilesOf({ modules }: SystemDescriptor): readonly string[] {
  return modules.flatMap(({ env }) =>
    Object.values(env).flatMap((value) => /^envfile:(.+)#[^#]+$/.exec(value)?.[1] ?? []),
  );
}
