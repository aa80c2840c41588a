// system.ts: a random system of modules of all runners, and the programs that they run.
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Dice } from "./dice.ts";
import type { Ground } from "./ground.ts";

const PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), "modules");

export type Kind = "c" | "shell" | "python" | "node" | "entry" | "worker" | "inside";
export type Member = { readonly id: string; readonly kind: Kind };

export type ChaosSystem = {
  readonly members: readonly Member[];
  readonly config: {
    readonly name: string;
    readonly orchestrator: object;
    readonly modules: Record<string, object>;
  };
  /** Why some kind of module is not there. */
  readonly missing: readonly string[];
};

/** By turns: what the mix is made of. */
// biome-ignore format: one row
const MIX: readonly Kind[] = [
  "c", "shell", "python", "entry", "c", "worker", "node", "shell", "c", "inside", "entry", "worker",
];

const LADDER = [
  { restart: { attempts: "unlimited", backoff: "20ms", backoffMax: "500ms", window: "2s" } },
];
const PATIENT = {
  startupTimeout: "60s",
  stop: { timeout: "1500ms" },
  recovery: { ladder: LADDER },
};

export function chaosSystem(ground: Ground, count: number, dice: Dice): ChaosSystem {
  const tools = layOut(ground);
  const missing = [
    ...(tools.gcc ? [] : ["no gcc: the C modules are shell modules"]),
    ...(tools.python === null ? ["no python3: the Python modules are shell modules"] : []),
    ...(tools.flock ? [] : ["no flock(1): shell modules do not watch over their own lock"]),
  ];
  const kindOf = (wanted: Kind): Kind => {
    if (wanted === "c" && !tools.gcc) return "shell";
    return wanted === "python" && tools.python === null ? "shell" : wanted;
  };
  const members = Array.from({ length: count }, (_, n): Member => {
    const kind = kindOf(MIX[n % MIX.length] as Kind);
    return { id: `${kind}-${String(n).padStart(2, "0")}`, kind };
  });
  const modules = Object.fromEntries(
    members.map((member, n) => [
      member.id,
      {
        ...how(member, ground, tools, dice),
        ...PATIENT,
        required: dice.next() < 0.6,
        config: { folder: ground.folder },
        dependsOn: edges(members.slice(0, n), dice),
      },
    ]),
  );
  const orchestrator = {
    startupTimeout: "10m",
    healthCheckInterval: "3s",
    healthCheckTimeout: "3s",
    unhealthyThreshold: 2,
    resourceCheckInterval: "2s",
  };
  return { members, config: { name: "chaos", orchestrator, modules }, missing };
}

type Tools = { readonly gcc: boolean; readonly python: string | null; readonly flock: boolean };

function layOut({ folder, libraries }: Ground): Tools {
  for (const name of ["locks", "count", "beat", "orders"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "book"), "");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  symlinkSync(libraries, join(folder, "node_modules"));
  for (const name of readdirSync(PROGRAMS)) copyFileSync(join(PROGRAMS, name), join(folder, name));
  const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;
  const gcc = has("gcc");
  if (gcc) execFileSync("gcc", ["-O2", "-o", "writer", "writer.c"], { cwd: folder });
  const python = has("python3")
    ? execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" })
    : null;
  return { gcc, python: python?.trim() ?? null, flock: has("flock") };
}

function how({ id, kind }: Member, { folder }: Ground, tools: Tools, dice: Dice): object {
  const env = { CHAOS_ID: id };
  if (kind === "entry") return { entry: "./entry.mjs", env, bus: dice.next() < 0.5 };
  if (kind === "worker") return { entry: "./entry.mjs", run: "worker", env, bus: false };
  // In the main thread of its host: its environment is the host's.
  if (kind === "inside") return { entry: "./entry.mjs", run: "in-process", bus: false };
  const notify = kind === "c" && dice.next() < 0.3;
  const stubborn = kind === "c" && dice.next() < 0.2;
  const ready = notify ? { notifyFd: 3 } : dice.next() < 0.5 ? { log: "^ready$" } : false;
  return {
    command: commandOf(kind, folder, tools, dice),
    env: {
      ...env,
      ...(notify && { CHAOS_NOTIFY: "3" }),
      ...(stubborn && { CHAOS_STUBBORN: "1" }),
    },
    ready,
    liveness: { exec: beatProbe(id, folder, tools), interval: "3s", timeout: "3s", threshold: 2 },
  };
}

function commandOf(kind: Kind, folder: string, { python }: Tools, dice: Dice): unknown {
  if (kind === "c") return [join(folder, "writer")];
  if (kind === "python") return [python, "writer.py"];
  if (kind === "node") return [process.execPath, "writer.mjs"];
  return dice.next() < 0.5 ? ["sh", "writer.sh"] : "exec sh ./writer.sh";
}

/** Alive is who has touched its file lately. */
function beatProbe(id: string, folder: string, { gcc }: Tools): readonly string[] {
  const file = join(folder, "beat", id);
  if (gcc) return [join(folder, "writer"), "beat", file, "3"];
  return ["sh", "-c", 'test $(($(date +%s) - $(stat -c %Y "$0"))) -le 3', file];
}

function edges(earlier: readonly Member[], dice: Dice): object {
  const on: Record<string, object> = {};
  for (let wanted = dice.whole(0, 2); wanted > 0 && earlier.length > 0; wanted -= 1) {
    on[dice.pick(earlier).id] = {
      condition: dice.pick(["started", "healthy"]),
      whenDown: dice.pick(["wait", "wait", "wait", "ignore", "pause", "restart", "stop"]),
    };
  }
  return on;
}

export const logFilesOf = (home: string, id: string): readonly string[] => {
  const folder = join(home, "logs");
  if (!existsSync(folder)) return [];
  const number = (name: string): number => Number(/\.log\.(\d+)$/.exec(name)?.[1] ?? 0);
  return readdirSync(folder)
    .filter((name) => name === `${id}.log` || name.startsWith(`${id}.log.`))
    .sort((a, b) => number(b) - number(a))
    .map((name) => join(folder, name));
};
