// command.ts: the programs that tell about the display: whether they are there, and what they
// print.
import { execFile, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { Availability } from "../source.ts";

const ASK_TIMEOUT_MS = 2000;

export function hasProgram(name: string, path = process.env["PATH"] ?? ""): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What it prints, or `null` when it fails or takes too long. */
export function ask(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: ASK_TIMEOUT_MS }, (error, stdout) =>
      resolve(error === null ? stdout : null),
    );
  });
}

/** What every source of a display needs: the display, the program, and that the two can talk. */
export async function displayWith(
  program: string,
  packageName: string,
  tryArgs: readonly string[],
): Promise<Availability> {
  if ((process.env["DISPLAY"] ?? "") === "") {
    return { ok: false, reason: "there is no X11 display (DISPLAY is not set)" };
  }
  if (!hasProgram(program)) {
    return { ok: false, reason: `the program '${program}' is missing (package ${packageName})` };
  }
  return (await ask(program, tryArgs)) === null
    ? { ok: false, reason: `'${program}' cannot talk to the display ${process.env["DISPLAY"]}` }
    : { ok: true };
}

export type Following = { stop(): Promise<void> };

/** Runs a program that prints lines as long as it lives. */
export function follow(
  program: string,
  args: readonly string[],
  use: { onLine(line: string): void; onEnd(why: string): void },
): Following {
  const child = spawn(program, [...args], { stdio: ["ignore", "pipe", "ignore"] });
  let wanted = true;
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  child.once("error", (error) => wanted && use.onEnd(error.message));
  child.once("exit", (code, signal) => wanted && use.onEnd(`ended with ${signal ?? code}`));
  createInterface({ input: child.stdout }).on("line", (line) => wanted && use.onLine(line));
  return {
    async stop() {
      wanted = false;
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        child.kill("SIGKILL");
        await ended;
      }
    },
  };
}
