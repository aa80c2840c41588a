// checks.ts: at the end (and all the while), what must be true, asked of the operating system and the files.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { linesWritten, readBook } from "./book.ts";
import type { ChaosRun } from "./chaos-run.ts";
import { eventually } from "./ground.ts";
import { cgroupsOf, type Found, lives, processesWith, socketsWith } from "./machine.ts";
import { logFilesOf } from "./system.ts";

/** Two incarnations of one instance that live at the same instant. */
export function lookForTwins(run: ChaosRun): void {
  const byInstance = new Map<string, Found[]>();
  for (const one of processesWith(`CHAOS_DIR=${run.ground.folder}`)) {
    const mark = one.environment.get("SKELLY_INCARNATION");
    // Its parent carries no incarnation; a shell that is not yet the module carries its parent's mark.
    if (mark === undefined || one.environment.has("SKELLY_PARENT")) continue;
    const instance = mark.slice(0, mark.lastIndexOf("/"));
    byInstance.set(instance, [...(byInstance.get(instance) ?? []), one]);
  }
  const markOf = (one: Found): string => one.environment.get("SKELLY_INCARNATION") ?? "";
  for (const found of byInstance.values()) {
    if (new Set(found.map(markOf)).size < 2) continue;
    // All were seen; whoever still lives now lived together with the others.
    const together = found.filter(lives).filter(lives);
    const marks = new Set(together.map(markOf));
    if (marks.size > 1) {
      const who = together.map((one) => `${markOf(one)} pid ${one.pid} ${one.commandLine}`);
      run.violation(`two incarnations at once: ${who.join("; ")}`);
    }
  }
}

export function checkBook(run: ChaosRun): void {
  for (const { what, id, incarnation, pid } of readBook(run.ground.folder)) {
    if (what === "D") {
      run.violation(`${id}/${incarnation} (pid ${pid}) began while an earlier life still lived`);
    }
    if (what === "X") run.violation(`${id}/${incarnation}: its own record could not be kept`);
  }
}

/** What the orchestrator says of itself when something is wrong with it, and not with a module. */
export function checkDaemonLog(run: ChaosRun): void {
  const bad = run.ground
    .daemonLog()
    .split("\n")
    .filter((line) => /\bbug:|did not start: |Error: |^ {4}at /.test(line))
    .filter((line) => !/was stopped while it was starting|ENOSPC|EMFILE/.test(line));
  if (bad.length > 0) run.violation(`daemon.log: ${bad.slice(0, 6).join(" | ").slice(0, 900)}`);
}

/** After `down`. */
export async function checkNothingLeft(run: ChaosRun): Promise<void> {
  const { folder, home } = run.ground;
  const none = await eventually(() => run.ground.processes().length === 0, 2000);
  if (!none) {
    const left = run.ground.processes().map((one) => `${one.pid} ${one.commandLine.slice(0, 80)}`);
    run.violation(`left behind: ${left.join("; ")}`);
  }
  const sockets = socketsWith(folder);
  if (sockets.length > 0) run.violation(`sockets left: ${sockets.join("; ")}`);
  const cgroups = cgroupsOf(run.system.config.name).filter((path) => !run.cgroupsBefore.has(path));
  if (cgroups.length > 0) run.violation(`cgroups left: ${cgroups.slice(0, 5).join(", ")}`);
  const files = filesBelow(home);
  const strays = files.filter((file) => /\.(out|err|notify|tmp)$|\.sock$|daemon\.json$/.test(file));
  if (strays.length > 0) {
    run.violation(`${strays.length} files left: ${strays.slice(0, 8).join(", ")}`);
  }
  const before = bytesOf(files);
  await sleep(1000);
  if (bytesOf(filesBelow(home)) !== before) run.violation(`${home} still changes after down`);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

const bytesOf = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

const LINE = /chaos (\S+) (\d+) (\d+) (r?)\.$/;

/** Every numbered line once, in order, none missing; returns how many there were. */
export function checkLines(run: ChaosRun): number {
  const { folder, home } = run.ground;
  const written = linesWritten(folder);
  const wasDiskFull = run.faults.some(({ kind, done }) => kind === "full disk" && done);
  let total = 0;
  const seen = new Map<string, number>();
  for (const { id } of run.system.members) {
    let complaints = 0;
    const complain = (text: string): void => {
      complaints += 1;
      if (complaints <= 3) run.violation(`log of ${id}: ${text}`);
    };
    for (const file of logFilesOf(home, id)) {
      for (const line of readFileSync(file, "utf8").split("\n")) {
        const match = LINE.exec(line);
        if (match === null) continue;
        const [, of, incarnation, number, again] = match;
        if (of !== id) complain(`a line of ${of}`);
        const key = `${id}.${incarnation}`;
        const last = seen.get(key) ?? 0;
        total += 1;
        // Said again after a write that failed half-way: it may be there twice.
        if (again === "r" && Number(number) === last) continue;
        if (Number(number) !== last + 1) {
          complain(`incarnation ${incarnation}: ${number} follows ${last}: ${line.slice(0, 60)}`);
        }
        seen.set(key, Math.max(last, Number(number)));
      }
    }
  }
  for (const [key, count] of written) {
    const last = seen.get(key) ?? 0;
    // The line, then its count: whoever is killed in between has written one more than it knows.
    const text = `log of ${key}: ${count} lines were written, ${last} are there`;
    // A thread is not told that its line waits for a full disk; killed then, it has counted too much.
    const maybeWaited = /^(worker|inside)/.test(key) && wasDiskFull;
    if (last < count && maybeWaited) run.note(text);
    else if (last < count) run.violation(text);
    if (last > count + 1) run.violation(`log of ${key}: ${last} lines, only ${count} were written`);
  }
  return total;
}
