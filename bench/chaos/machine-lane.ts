// machine-lane.ts: what the machine does to all: a full disk, no file handles, and what is hidden is killed.
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChaosRun } from "./chaos-run.ts";
import type { Dice } from "./dice.ts";
import { send } from "./ground.ts";
import { processesWith } from "./machine.ts";

export type MachineUse = { readonly ownDisk: boolean };

const ACTS = [
  "hub killed",
  "worker host killed",
  "full disk",
  "no file handles for the orchestrator",
  "orchestrator stands still",
  "hub killed",
  "worker host killed",
] as const;

export async function harmMachine(run: ChaosRun, dice: Dice, use: MachineUse): Promise<void> {
  const act = dice.pick(ACTS);
  const lastsMs = dice.whole(500, 2500);
  if (act === "hub killed") return run.fault(act, null, killHidden(run, "skelly:bus"));
  if (act === "worker host killed")
    return run.fault(
      act,
      null,
      killHidden(run, dice.pick(["skelly:workers", "skelly:in-process"])),
    );
  if (act === "full disk") {
    if (!use.ownDisk) return;
    run.fault(act, null, fillDisk(run));
    await sleep(lastsMs);
    return emptyDisk(run);
  }
  const daemon = run.ground.daemon();
  run.fault(act, null, daemon !== null);
  if (daemon === null) return;
  if (act === "orchestrator stands still") {
    send(daemon, "SIGSTOP");
    await sleep(lastsMs / 2);
    send(daemon, "SIGCONT");
    return;
  }
  // One or two more than it has: whatever it does next soon fails.
  if (!limitHandles(daemon.pid, openFiles(daemon.pid) + dice.whole(0, 3))) return;
  await sleep(lastsMs);
  limitHandles(daemon.pid, 65_536);
}

function killHidden(run: ChaosRun, mark: string): boolean {
  const found = processesWith(`SKELLY_INCARNATION=chaos/${mark}`).find(
    ({ environment }) => environment.get("CHAOS_DIR") === run.ground.folder,
  );
  return found !== undefined && send(found, "SIGKILL");
}

/** Left to be filled bit by bit. */
const ROOM_BYTES = 1024 * 1024;
const ballast = (run: ChaosRun): string => join(run.ground.home, "ballast");

/** The most at once, then what is left (and written meanwhile) bit by bit. */
function fillDisk(run: ChaosRun): boolean {
  const { bavail, bsize } = statfsSync(run.ground.home);
  const most = Math.max(bsize, bavail * bsize - ROOM_BYTES);
  try {
    execFileSync("fallocate", ["-l", String(most), ballast(run)], { timeout: 5000 });
  } catch {
    // Somebody was quicker: it is filled bit by bit.
  }
  const fd = openSync(ballast(run), "a");
  try {
    for (const bit = Buffer.alloc(bsize); ; ) writeSync(fd, bit);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOSPC";
  } finally {
    closeSync(fd);
  }
}

export const emptyDisk = (run: ChaosRun): void => rmSync(ballast(run), { force: true });

function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // It has died meanwhile.
    return 0;
  }
}

function limitHandles(pid: number, to: number): boolean {
  try {
    execFileSync("prlimit", ["--pid", String(pid), `--nofile=${to}:65536`], {
      stdio: "ignore",
      timeout: 5000,
    });
    return true;
  } catch {
    // It has died meanwhile, or there is no prlimit here.
    return false;
  }
}
