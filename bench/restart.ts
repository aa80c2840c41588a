// restart.ts: how long a killed module is gone, and how long many take to start, beside the least possible
// (a C loop of fork and exec) in the same run.
// Bundles itself and runs as the daemon does, with its flags: what a spawn costs depends on how fat we are.
//   node --conditions=source bench/restart.ts [--modules 20] [--rounds 50] [--start 100] [--no-cgroups]
//     [--directory where-files-go] [--json]
import { execFileSync, spawnSync } from "node:child_process";
import { constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { requestFor } from "../packages/orchestrator/node/process-runner.harness.ts";
import { createProcessRunner } from "../packages/orchestrator/node/process-runner.ts";

const { values } = parseArgs({
  options: {
    modules: { type: "string", default: "20" },
    rounds: { type: "string", default: "50" },
    start: { type: "string", default: "100" },
    repeat: { type: "string", default: "5" },
    cgroups: { type: "boolean", default: true },
    directory: { type: "string", default: process.cwd() },
    json: { type: "boolean", default: false },
  },
  allowNegative: true,
});
const [modules, rounds, many, repeat] = [
  values.modules,
  values.rounds,
  values.start,
  values.repeat,
].map(Number) as [number, number, number, number];

/** As the daemon is started. */
const DAEMON_FLAGS = [
  "--optimize-for-size",
  "--max-semi-space-size=1",
  "--no-opt",
  "--no-maglev",
  "--max-old-space-size=64",
];

const directory = mkdtempSync(join(values.directory, ".bench-"));
const floor = join(directory, "floor");
const fifo = join(directory, "began");
async function measure(): Promise<void> {
  const began = listen();
  const starts = [];
  const floorStarts = [];
  for (let turn = 0; turn < repeat; turn += 1) {
    floorStarts.push(...floorRun("start", many));
    starts.push(await startMany(began, turn));
  }
  const floorRestarts = floorRun("restart", modules, rounds);
  const restarts = await restartAll(began);
  began.close();
  const floorStart = quantile(floorStarts, 0.5);
  const start = quantile(
    starts.map((s) => s.lastMs),
    0.5,
  );
  const result = {
    restart: {
      modules,
      rounds,
      medianMs: quantile(restarts, 0.5),
      p99Ms: quantile(restarts, 0.99),
      floorMedianMs: quantile(floorRestarts, 0.5),
      floorP99Ms: quantile(floorRestarts, 0.99),
      beyondFloorMedianMs: round(quantile(restarts, 0.5) - quantile(floorRestarts, 0.5)),
    },
    start: {
      instances: many,
      lastFirstInstructionMs: start,
      floorMs: floorStart,
      ratio: round(start / floorStart),
      callsBlockedMs: quantile(
        starts.map((s) => s.callsMs),
        0.5,
      ),
      loopBlockedAtMostMs: quantile(
        starts.map((s) => s.blockedMs),
        0.5,
      ),
    },
  };
  console.log(values.json ? JSON.stringify(result) : result);
}

type Began = { next(): Promise<number>; close(): void };

/** Every module's first act is to say when it began. */
function listen(): Began {
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  const heard: number[] = [];
  const waiting: ((at: number) => void)[] = [];
  let rest = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const at = Number(line.split(" ")[1]) / 1e6;
      const next = waiting.shift();
      if (next) next(at);
      else heard.push(at);
    }
  });
  return {
    next: () => {
      const at = heard.shift();
      return at === undefined ? new Promise((found) => waiting.push(found)) : Promise.resolve(at);
    },
    close: () => void socket.destroy(),
  };
}

function runnerIn(name: string) {
  const runDirectory = join(directory, name);
  const { cgroups } = values;
  return createProcessRunner({ system: "bench", runDirectory, baseEnv: process.env, cgroups });
}

const requestOf = (instance: string, incarnation: number) =>
  requestFor(directory, instance, incarnation, { kind: "command", argv: [floor, "module", fifo] });

async function startMany(began: Began, turn: number) {
  const runner = runnerIn(`start-${turn}`);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await new Promise((next) => setTimeout(next, 20));
  delay.reset();
  const from = nowMs();
  for (let n = 0; n < many; n += 1) runner.start(requestOf(`m#${n}`, 1), () => {});
  const callsMs = nowMs() - from;
  let last = 0;
  for (let n = 0; n < many; n += 1) last = Math.max(last, await began.next());
  delay.disable();
  await runner.close({ leaveRunning: false });
  return { lastMs: round(last - from), callsMs: round(callsMs), blockedMs: round(delay.max / 1e6) };
}

async function restartAll(began: Began): Promise<number[]> {
  const runner = runnerIn("restart");
  const pids = new Map<number, number>();
  const life = (module: number, incarnation: number): void => {
    runner.start(requestOf(`m#${module}`, incarnation), (fact) => {
      if (fact.kind === "spawned") pids.set(module, fact.pid ?? 0);
      if (fact.kind === "ended" && !closing) life(module, incarnation + 1);
    });
  };
  let closing = false;
  for (let module = 0; module < modules; module += 1) life(module, 1);
  for (let module = 0; module < modules; module += 1) await began.next();
  const took: number[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    for (let module = 0; module < modules; module += 1) {
      await new Promise((next) => setTimeout(next, 2));
      const from = nowMs();
      process.kill(pids.get(module) ?? 0, "SIGKILL");
      took.push(round((await began.next()) - from));
    }
  }
  closing = true;
  await runner.close({ leaveRunning: false });
  return took;
}

function floorRun(...words: (string | number)[]): number[] {
  return execFileSync(floor, words.map(String), { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
}

/** The same clock as the modules': CLOCK_MONOTONIC. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

try {
  if (import.meta.filename.endsWith(".ts")) runBundled();
  else await measureHere();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function runBundled(): void {
  const bundle = join(directory, "bench.mjs");
  const source = import.meta.filename;
  const options = ["--bundle", "--platform=node", "--format=esm", "--conditions=source"];
  execFileSync("npx", ["esbuild", source, ...options, `--outfile=${bundle}`], { stdio: "pipe" });
  const args = [...DAEMON_FLAGS, bundle, ...process.argv.slice(2)];
  const env = { ...process.env, BENCH_SOURCE: import.meta.dirname };
  process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit", env }).status ?? 1;
}

async function measureHere(): Promise<void> {
  const source = join(process.env["BENCH_SOURCE"] ?? import.meta.dirname, "floor.c");
  execFileSync("gcc", ["-O2", "-static", "-o", floor, source]);
  execFileSync("mkfifo", [fifo]);
  await measure();
}
