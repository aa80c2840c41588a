// ground.ts: a folder with a system in it, the real command, and the cleaning up after both.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { type Found, lives, processesWith } from "./machine.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** Another installation may be tried: its `bin/skelly.js`. */
const SKELLY = process.env["SKELLY_CHAOS_PROGRAM"] ?? join(ROOT, "packages/cli/bin/skelly.js");
const LIBRARIES = join(ROOT, "node_modules");

export type Ended = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** It had to be killed at its time limit. */
  readonly hung: boolean;
  readonly tookMs: number;
};

export type Ground = {
  readonly folder: string;
  readonly home: string;
  /** The way to `@skelly-jelly/module`. */
  readonly libraries: string;
  skelly(words: readonly string[], limitMs?: number): Promise<Ended>;
  status(): Promise<SystemStatusReport | null>;
  /** The orchestrator's process, whether it listens yet or not. */
  daemon(): Found | null;
  processes(): readonly Found[];
  daemonLog(): string;
  /** Ends all that lives of it and removes the folder. */
  clear(): Promise<void>;
};

/** `diskBytes`: `.skelly` on a file system of its own, of that size. Needs root. */
export function openGround(diskBytes: number | null): Ground {
  const folder = mkdtempSync(join(tmpdir(), "skelly-chaos-"));
  const home = join(folder, ".skelly");
  mkdirSync(home, { mode: 0o700 });
  if (diskBytes !== null) {
    const options = `size=${diskBytes},mode=700`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "skelly-chaos", home], { timeout: 5000 });
  }
  const env = {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    SKELLY_TRIM: process.env["SKELLY_TRIM"],
    // Whatever comes of a command of ours is known by this.
    CHAOS_DIR: folder,
  };
  const processes = (): readonly Found[] => processesWith(folder);

  const skelly = (words: readonly string[], limitMs = 60_000): Promise<Ended> => {
    const from = performance.now();
    const child = spawn(process.execPath, [SKELLY, ...words], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err, hung] = ["", "", false];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const limit = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, limitMs);
    return new Promise((done) => {
      child.on("close", (code) => {
        clearTimeout(limit);
        done({ code, out, err, hung, tookMs: performance.now() - from });
      });
    });
  };

  return {
    folder,
    home,
    libraries: LIBRARIES,
    skelly,
    async status() {
      const { code, out } = await skelly(["status", "--json", "--all"], 20_000);
      return code === 0 || out.startsWith("{") ? (JSON.parse(out) as SystemStatusReport) : null;
    },
    daemon: () => processes().find(({ commandLine }) => isDaemon(commandLine)) ?? null,
    processes,
    daemonLog() {
      const path = join(home, "daemon.log");
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    },
    async clear() {
      await endAll(folder);
      if (diskBytes !== null) execFileSync("umount", ["-l", home], { timeout: 5000 });
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const isDaemon = (commandLine: string): boolean => / \S*daemon\.cjs$/.test(commandLine);

export async function endAll(folder: string): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const left = processesWith(folder);
    if (left.length === 0) return;
    for (const one of left) send(one, "SIGKILL");
    await sleep(20);
  }
  throw new Error(`still there after SIGKILL: ${processesWith(folder).map((one) => one.pid)}`);
}

/** False when it is gone. */
export function send(one: Pick<Found, "pid" | "startTicks">, signal: NodeJS.Signals): boolean {
  if (!lives(one)) return false;
  try {
    return process.kill(one.pid, signal);
  } catch {
    // It went between the look and the signal.
    return false;
  }
}

/** Waits until it holds; false when it did not in time. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  limitMs: number,
  everyMs = 20,
): Promise<boolean> {
  for (const from = performance.now(); performance.now() - from < limitMs; ) {
    if (await holds()) return true;
    await sleep(everyMs);
  }
  return false;
}

export function writeConfig(ground: Ground, config: object): void {
  const path = join(ground.folder, "skelly.config.json");
  writeFileSync(path, `${JSON.stringify(config, null, 1)}\n`);
}
