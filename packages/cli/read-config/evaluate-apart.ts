// evaluate-apart.ts: has a configuration that is a program evaluated by another process, with
// limits.
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { syntaxProblem } from "./places.ts";
import type { EvaluateProgram, ReadOptions, ReadResult } from "./read-result.ts";

const TIMEOUT_MS = 10_000;
const RESULT_MAX_BYTES = 64 * 1024 * 1024;

export async function evaluateApart(
  file: string,
  { node, program, flags = [], timeoutMs = TIMEOUT_MS, output = "inherit" }: EvaluateProgram,
  { profile = null, env = process.env }: Pick<ReadOptions, "profile" | "env">,
): Promise<ReadResult> {
  const noise = output === "inherit" ? 2 : "ignore";
  const words = ["--file", file, "--fd", "3", ...(profile === null ? [] : ["--profile", profile])];
  const child = spawn(node, [...flags, "--no-warnings", program, ...words], {
    stdio: ["ignore", noise, noise, "pipe"],
    env: { ...env },
  });
  let ended: string | null = null;
  const end = (why: string): void => {
    ended ??= why;
    child.kill("SIGKILL");
    // Its own children may hold the pipe; nothing more is wanted from it.
    result.destroy();
  };
  const result = child.stdio[3] as Readable;
  const chunks: Buffer[] = [];
  let bytes = 0;
  result.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > RESULT_MAX_BYTES) end("gave more than any configuration holds");
    else chunks.push(chunk);
  });
  result.on("error", () => end("closed its result early"));
  const timer = setTimeout(() => end(`took longer than ${timeoutMs} ms`), timeoutMs);
  const exit = await new Promise<string>((done) => {
    child.once("error", (error) => done(`could not be started: ${error.message}`));
    child.once("close", (code, signal) => done(`ended with ${signal ?? `exit code ${code}`}`));
  }).finally(() => clearTimeout(timer));
  const printed = Buffer.concat(chunks).toString("utf8");
  if (ended === null && printed.endsWith("\n")) return JSON.parse(printed) as ReadResult;
  const message = `evaluating it ${ended ?? exit} and gave no configuration`;
  const problem = syntaxProblem(message, null, { file, code: "evaluation" });
  return { system: null, problems: [problem], sources: [file] };
}
