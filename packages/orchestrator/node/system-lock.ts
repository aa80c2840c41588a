// system-lock.ts: one orchestrator per system. A lock that ends with the process that holds it.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readProcStat } from "./proc-stat.ts";

export type SystemLock =
  | { readonly ok: true; release(): void }
  /** `pid`: who holds it. */
  | { readonly ok: false; readonly pid: number };

/**
 * Each starter lays down a claim of its own, named by process, start time and boot, and then looks
 * at the others'. Whoever sees no other living claim after laying down his own holds the lock: of
 * two starters at least one sees the other, so two can never hold it, and as no two claims share a
 * name, clearing away a dead one can never hit a living one. The lock of a killed process ends with
 * it, because its claim then names nobody. Two that see each other: the first by name goes on.
 */
const CLAIM = /^lock-(try|held)-(\d+)-(\d+)-([0-9a-f]+)$/;
const LOOK_AGAIN_MS = 5;
/** A rival that neither holds nor gives up (a stopped process) is then named as the holder. */
const RIVAL_LIMIT_MS = 2000;

type Claim = { readonly name: string; readonly held: boolean; readonly pid: number };

/** Throws only when the folder cannot be written. */
export async function acquireLock(directory: string): Promise<SystemLock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const mine = `${process.pid}-${startOf(process.pid) ?? 0}-${bootId()}`;
  const holder = claimsIn(directory, "").find(({ name, held }) => held && isAlive(name));
  if (holder !== undefined) return { ok: false, pid: holder.pid };

  const trying = join(directory, `lock-try-${mine}`);
  const held = join(directory, `lock-held-${mine}`);
  try {
    writeFileSync(trying, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // This very process is at it already.
    return { ok: false, pid: process.pid };
  }
  for (let waitedMs = 0; ; waitedMs += LOOK_AGAIN_MS) {
    const rivals = livingClaims(directory, mine);
    const owner = rivals.find((rival) => rival.held);
    const first = rivals.every((rival) => mine < rival.name.slice("lock-try-".length));
    if (rivals.length === 0) {
      // Beside the first claim, not in its place: a name that is there all the time is never missed.
      writeFileSync(held, "", { flag: "wx", mode: 0o600 });
      return { ok: true, release: () => [held, trying].forEach(remove) };
    }
    if (owner !== undefined || !first || waitedMs >= RIVAL_LIMIT_MS) {
      remove(trying);
      return { ok: false, pid: (owner ?? rivals[0])!.pid };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** Who holds the lock now; `null` when nobody does. */
export function lockHolder(directory: string): number | null {
  const holder = claimsIn(directory, "").find(({ name, held }) => held && isAlive(name));
  return holder?.pid ?? null;
}

function livingClaims(directory: string, mine: string): Claim[] {
  return claimsIn(directory, mine).filter(({ name }) => {
    if (isAlive(name)) return true;
    remove(join(directory, name));
    return false;
  });
}

function claimsIn(directory: string, mine: string): Claim[] {
  return namesIn(directory).flatMap((name) => {
    const match = CLAIM.exec(name);
    if (match === null || (mine !== "" && name.endsWith(`-${mine}`))) return [];
    return [{ name, held: match[1] === "held", pid: Number(match[2]) }];
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function isAlive(name: string): boolean {
  const [, , pid, start, boot] = CLAIM.exec(name)!;
  return boot === bootId() && startOf(Number(pid)) === Number(start);
}

/** When a process started, in a unit of its own; `null`: it does not live. A zombie does not. */
function startOf(pid: number): number | null {
  if (process.platform === "linux") {
    const stat = readProcStat(pid);
    return stat === null || stat.state === "Z" || stat.state === "X" ? null : stat.startTicks;
  }
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { timeout: 5000 });
    return Math.round(Date.parse(String(text)) / 1000);
  } catch {
    // ps ends with 1 when there is no such process.
    return null;
  }
}

let knownBootId: string | null = null;

function bootId(): string {
  knownBootId ??= readBootId();
  return knownBootId;
}

function readBootId(): string {
  if (process.platform !== "linux") return "0";
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8);
  } catch {
    // Hidden in some sandboxes; pid and start time then have to do.
    return "0";
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    // Two starters may clear away the same dead claim.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
