// machine-facts.ts: what this machine offers, read without changing anything that stays.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  statfsSync,
} from "node:fs";
import { createRequire } from "node:module";
import { release } from "node:os";
import { dirname, join } from "node:path";
import { ownPlace, readOrEmpty } from "../../orchestrator/node/cgroup-places.ts";
import { findCommand } from "../../orchestrator/node/command-lookup.ts";
import { isBorrowed, type StatePaths } from "../state-paths.ts";

export const COMMANDS = ["sh", "mkfifo", "setpriv", "perl", "fallocate"] as const;
export type CommandName = (typeof COMMANDS)[number];

export type GroupFacts = {
  /** A folder of ours may be made there. */
  readonly writable: boolean;
  readonly controllers: readonly string[];
};

export type MachineFacts = {
  readonly platform: string;
  readonly arch: string;
  readonly kernel: string;
  readonly commands: Readonly<Record<CommandName, string | null>>;
  /** `null`: no such hierarchy here. */
  readonly cgroupV2: GroupFacts | null;
  /** Controllers whose v1 hierarchy is there. */
  readonly cgroupV1: GroupFacts | null;
  /** `null`: unknown or unlimited. */
  readonly openFiles: { readonly soft: number | null; readonly hard: number | null };
  readonly processes: number | null;
  readonly inotifyWatches: number | null;
  readonly inotifyInstances: number | null;
  readonly pressure: boolean;
  readonly clockSource: string | null;
  readonly wallMs: number;
  /** What gives pages back; `null`: nothing does. */
  readonly native: "node:ffi" | "koffi" | null;
};

const CONTROLLERS = ["cpu", "memory", "pids"];

export function machineFacts(
  dist: string,
  env: Readonly<Record<string, string | undefined>>,
  now: { readonly wallMs: number; readonly nodeVersion: string | null },
): MachineFacts {
  const path = env["PATH"] ?? "";
  const number = (file: string): number | null => {
    const text = readOrEmpty(file).trim();
    return /^\d+$/.test(text) ? Number(text) : null;
  };
  return {
    platform: process.platform,
    arch: process.arch,
    kernel: release(),
    commands: Object.fromEntries(
      COMMANDS.map((name) => [name, findCommand(name, "/", path)]),
    ) as MachineFacts["commands"],
    cgroupV2: cgroupV2(),
    cgroupV1: cgroupV1(),
    openFiles: limitOf("Max open files"),
    processes: limitOf("Max processes").soft,
    inotifyWatches: number("/proc/sys/fs/inotify/max_user_watches"),
    inotifyInstances: number("/proc/sys/fs/inotify/max_user_instances"),
    pressure: existsSync("/proc/pressure/memory"),
    clockSource:
      readOrEmpty("/sys/devices/system/clocksource/clocksource0/current_clocksource").trim() ||
      null,
    wallMs: now.wallMs,
    native: nativeOf(dist, now.nodeVersion),
  };
}

function cgroupV2(): GroupFacts | null {
  const own = ownPlace(null);
  if (own === null) return null;
  const offered = readOrEmpty(`${own}/cgroup.controllers`).split(/\s+/);
  return {
    writable: mayMakeFolder(own),
    controllers: CONTROLLERS.filter((name) => offered.includes(name)),
  };
}

function cgroupV1(): GroupFacts | null {
  const places = CONTROLLERS.map((name) => ({ name, own: ownPlace(name) }));
  const there = places.filter(({ own }) => own !== null);
  if (there.length === 0) return null;
  const writable = there.filter(({ own }) => own !== null && mayMakeFolder(own));
  const shown = writable.length > 0 ? writable : there;
  return { writable: writable.length > 0, controllers: shown.map(({ name }) => name) };
}

/** Rights alone do not say it: the mount may be read-only. An empty group is made and removed. */
function mayMakeFolder(place: string): boolean {
  const probe = join(place, `skelly-doctor-${process.pid}`);
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch {
    // Whatever the reason, it may not be used.
    return false;
  }
}

/** Lines of /proc/self/limits: name, soft, hard, unit. */
function limitOf(name: string): { soft: number | null; hard: number | null } {
  const line = readOrEmpty("/proc/self/limits")
    .split("\n")
    .find((each) => each.startsWith(name));
  const [soft, hard] = (line ?? "").slice(name.length).trim().split(/\s+/);
  const number = (text: string | undefined): number | null =>
    text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
  return { soft: number(soft), hard: number(hard) };
}

/** From this version on Node.js brings it. */
const FFI_MAJOR = 26;

function nativeOf(dist: string, nodeVersion: string | null): MachineFacts["native"] {
  if (Number(nodeVersion?.split(".")[0] ?? 0) >= FFI_MAJOR) return "node:ffi";
  try {
    createRequire(join(dist, "cli.cjs")).resolve("koffi");
    return "koffi";
  } catch {
    // It is optional, and not there.
    return null;
  }
}

export type StateFacts = {
  readonly home: string;
  /** `null`: it may be written; else why not. */
  readonly trouble: string | null;
  readonly freeBytes: number | null;
  readonly socket: string;
  /** The usual place would be too long for the kernel. */
  readonly socketElsewhere: boolean;
  readonly journalsDamaged: number;
};

export function stateFacts(paths: StatePaths): StateFacts {
  let folder = paths.home;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return {
    home: paths.home,
    trouble: writeTrouble(folder),
    freeBytes: freeBytes(folder),
    socket: paths.socket,
    socketElsewhere: isBorrowed(paths),
    journalsDamaged: damagedIn(paths.home),
  };
}

function writeTrouble(folder: string): string | null {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    // Not every file system tells.
    return null;
  }
}

const damagedIn = (home: string): number =>
  existsSync(home) ? readdirSync(home).filter((name) => name.includes(".corrupt-")).length : 0;
