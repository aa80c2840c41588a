// exec-probe.ts: a probe that is a program. Exit code 0 is yes; its last line says why not.
import { spawn } from "node:child_process";
import type { Clock } from "../ports/clock.ts";
import type { Finding } from "./probe-question.ts";

export type ExecSurroundings = {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
};

const TAIL_MAX_BYTES = 4096;
const MESSAGE_MAX = 300;
/** After its exit, how long its output may still be in the pipe. */
const LAST_WORDS_MS = 100;

/** No shell. It has its own process group, which is killed when it is let go and when it ends. */
export function askExec(
  clock: Clock,
  argv: readonly string[],
  surroundings: ExecSurroundings,
  settle: (finding: Finding) => void,
): () => void {
  const [command = "", ...args] = argv;
  const child = spawn(command, args, {
    ...surroundings,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let tail = "";
  const listen = (bytes: Buffer) => {
    tail = (tail + bytes.toString("latin1")).slice(-TAIL_MAX_BYTES);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);

  const conclude = (code: number | null, signal: NodeJS.Signals | null) => {
    if (code === 0) return settle(null);
    const line = lastLine(tail);
    const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
    settle(`\`${argv.join(" ")}\` ${how}${line === "" ? "" : `: ${line}`}`);
  };

  child.once("error", (error) => settle(couldNotRun(error, command)));
  child.once("exit", (code, signal) => {
    // What it left behind holds the pipes open, and nobody would end it.
    killGroup(child.pid);
    const timer = clock.after(LAST_WORDS_MS, () => conclude(code, signal));
    child.once("close", () => {
      timer.cancel();
      conclude(code, signal);
    });
  });
  return () => {
    if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
    child.stdout.destroy();
    child.stderr.destroy();
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // ESRCH: nobody is left. EPERM: all that is left belongs to someone else.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

function couldNotRun(error: NodeJS.ErrnoException, command: string): string {
  if (error.code === "ENOENT") return `'${command}' was not found (or its cwd is not there)`;
  if (error.code === "EACCES") return `'${command}' may not be run`;
  return `'${command}' could not be run: ${error.message}`;
}

function lastLine(tail: string): string {
  const text = Buffer.from(tail, "latin1").toString("utf8").trimEnd();
  return text.slice(text.lastIndexOf("\n") + 1).slice(0, MESSAGE_MAX);
}
