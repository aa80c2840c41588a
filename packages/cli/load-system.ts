// load-system.ts: the resolved system of a configuration file, from whatever language it is written in.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  formatProblems,
  isError,
  type Problem,
  type SystemDescriptor,
} from "@skelly-jelly/contract";
import type { Context } from "./context.ts";
import { CommandError, EXIT } from "./exit-codes.ts";
import { findRuntime } from "./runtime.ts";

export type LoadedSystem = {
  /** `null` when the problems leave nothing to run. */
  readonly system: SystemDescriptor | null;
  readonly problems: readonly Problem[];
};

/** TypeScript and JavaScript files are programs: they get a process of their own, with an end. */
const EVALUATE_TIMEOUT_MS = 30_000;
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

export async function loadSystem(
  file: string,
  profile: string | null,
  context: Context,
): Promise<LoadedSystem> {
  if (/\.[mc]?[jt]s$/.test(file)) return evaluateSystem(file, profile, context);
  const { readSystem } = await import("./read-config/read-system.ts");
  return readSystem(file, profile === null ? {} : { profile });
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
  throw new CommandError(EXIT.badConfig, "The configuration is not right; nothing was started.");
}

/** Each problem with its place and its line. */
export function reportOf(problems: readonly Problem[], { terminal, cwd }: Context): string {
  const sourceText = (file: string): string | null => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      // Without its line a problem still has its place and its words.
      return null;
    }
  };
  return formatProblems(problems, { color: terminal.paint.on, cwd, sourceText }).trimEnd();
}

async function evaluateSystem(
  file: string,
  profile: string | null,
  { program, env }: Context,
): Promise<LoadedSystem> {
  const runtime = findRuntime(program.dist, env);
  const script = join(program.dist, "read-config.mjs");
  const words = [script, file, ...(profile === null ? [] : ["--profile", profile])];
  const child = spawn(runtime.path, words, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  let ended: "timeout" | "flood" | null = null;
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    output += chunk;
    if (output.length <= OUTPUT_MAX_BYTES) return;
    ended = "flood";
    child.kill("SIGKILL");
  });
  const timer = setTimeout(() => {
    ended = "timeout";
    child.kill("SIGKILL");
  }, EVALUATE_TIMEOUT_MS);
  const code = await new Promise<number | null>((done, fail) => {
    child.once("close", done);
    child.once("error", fail);
  }).finally(() => clearTimeout(timer));
  if (ended !== null) {
    const why = ended === "timeout" ? `took over ${EVALUATE_TIMEOUT_MS / 1000} s` : "never ended";
    throw new CommandError(EXIT.badConfig, `Evaluating ${file} ${why} and was stopped.`);
  }
  try {
    return JSON.parse(output) as LoadedSystem;
  } catch {
    // It ended before it could print (its own report is on stderr already).
    throw new CommandError(EXIT.badConfig, `Evaluating ${file} failed (exit ${code}).`);
  }
}
