// load-system.ts: the resolved system of a configuration file, whatever language it is in.
import { join } from "node:path";
import { isError, type Problem, type SystemDescriptor } from "@skelly-jelly/contract";
import type { Context } from "./context.ts";
import { CommandError, EXIT } from "./exit-codes.ts";
import { formatProblems } from "./read-config/problem.ts";
import { type ReadResult, readSystem } from "./read-config/read-system.ts";
import { findRuntime } from "./runtime.ts";

/** TypeScript and JavaScript files are programs: they get a process of their own, with an end. */
export function loadSystem(
  file: string,
  profile: string | null,
  { program, env }: Context,
): Promise<ReadResult> {
  if (!/\.[mc]?[jt]s$/.test(file)) return readSystem(file, { profile, env });
  const node = findRuntime(program.dist, env).path;
  const evaluate = { node, program: join(program.dist, "read-config.mjs") };
  return readSystem(file, { profile, env, evaluate });
}

/** Throws with every problem in one report: exit 78. Warnings are told, and that is all. */
export async function requireSystem(
  file: string,
  profile: string | null,
  context: Context,
): Promise<SystemDescriptor> {
  const { system, problems } = await loadSystem(file, profile, context);
  if (problems.length > 0) context.terminal.complain(reportOf(problems, context));
  if (system !== null && !problems.some(isError)) return system;
  throw new CommandError(EXIT.badConfig, "The configuration is not right; nothing was done.");
}

/** Each problem with its place and its line. */
export const reportOf = (problems: readonly Problem[], { terminal, cwd }: Context): string =>
  formatProblems(problems, { color: terminal.paint.on, cwd });
