// main.ts: real processes under real faults; at the end the operating system is asked whether all is well.
// usage: node --conditions=source bench/chaos/main.ts [--minutes 10] [--modules 50] [--seed n] [--verbose] [--keep]
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ChaosRun } from "./chaos-run.ts";
import { checkBook, checkDaemonLog, checkLines, checkNothingLeft, lookForTwins } from "./checks.ts";
import { command } from "./command-lane.ts";
import { dice } from "./dice.ts";
import { type Ground, openGround, send, writeConfig } from "./ground.ts";
import { memoryOf } from "./machine.ts";
import { emptyDisk, harmMachine } from "./machine-lane.ts";
import { harmModule } from "./module-lane.ts";
import { bringUp, killOrchestrator, tail, unsteady, untilSteady } from "./orchestrator-lane.ts";
import { printReport } from "./report.ts";
import { chaosSystem } from "./system.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    modules: { type: "string", default: "50" },
    seed: { type: "string" },
    verbose: { type: "boolean", default: false },
    /** Leaves the folder for inspection. */
    keep: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const minutes = Number(values.minutes);
const SETTLE_LIMIT_MS = 120_000;
const DISK_BYTES = 192 * 1024 * 1024;
/** Pauses of each lane, in ms: for 1,000 faults in ten minutes, 20 and more of them to the orchestrator. */
const PAUSES = {
  module: [80, 650],
  command: [2000, 6000],
  orchestrator: [4000, 12_000],
  machine: [3000, 9000],
} as const;

const isRoot = process.getuid?.() === 0;
const ground = openGround(isRoot ? DISK_BYTES : null);
const system = chaosSystem(ground, Number(values.modules), dice(seed, "system"));
const run = new ChaosRun(ground, system, values.verbose);

try {
  process.exitCode = await chaos();
} finally {
  if (values.keep) run.say(`kept: ${ground.folder}`);
  else await ground.clear();
}

async function chaos(): Promise<number> {
  run.say(`seed ${seed}, ${system.members.length} modules in ${ground.folder}`);
  if (!isRoot) run.note("not root: no file system of its own to fill, so no full disk");
  writeConfig(ground, system.config);
  const up = await run.command(["up", "-d"], 120_000);
  if (up.code !== 0) {
    console.log(up.out, up.err, tail(run));
    return 1;
  }
  run.expectDaemon = true;
  run.say(`up in ${(up.tookMs / 1000).toFixed(1)} s`);
  const watch = setInterval(() => lookForTwins(run), 700);
  const guard = setInterval(() => watchDaemon(), 300);
  const lanes = [
    lane("module", async (chance) => harmModule(run, chance)),
    lane("command", (chance) => command(run, chance)),
    lane("orchestrator", (chance) => killOrchestrator(run, chance)),
    lane("machine", (chance) => harmMachine(run, chance, { ownDisk: isRoot })),
  ];
  await sleep(minutes * 60_000);
  run.ceased = true;
  await Promise.all(lanes);
  const settledMs = await settle();
  const memory = memoryText(ground);
  clearInterval(guard);
  run.expectDaemon = false;
  const down = await run.command(["down"], 120_000);
  clearInterval(watch);
  if (down.code !== 0) run.violation(`down ended with ${down.code}: ${down.out}${down.err}`);
  await checkNothingLeft(run);
  checkDaemonLog(run);
  checkBook(run);
  const lines = checkLines(run);
  printReport(run, { seed, minutes, modules: system.members.length, lines, settledMs, memory });
  return run.violations.length === 0 ? 0 : 1;
}

async function lane(
  name: keyof typeof PAUSES,
  work: (chance: ReturnType<typeof dice>) => Promise<void>,
): Promise<void> {
  const chance = dice(seed, name);
  const [low, high] = PAUSES[name];
  while (!run.ceased) {
    await sleep(chance.whole(low, high));
    await run.turn(() => work(chance));
  }
}

/** Faults have ceased; everything that is wanted comes back by itself. `null`: it did not. */
async function settle(): Promise<number | null> {
  const from = performance.now();
  emptyDisk(run);
  for (const { id } of system.members) rmSync(join(ground.folder, "orders", id), { force: true });
  writeConfig(ground, system.config);
  const daemon = ground.daemon();
  if (daemon === null) await bringUp(run);
  else send(daemon, "SIGCONT");
  for (const id of run.down) {
    const ended = await run.command(["start", id], 120_000);
    if (ended.code !== 0) run.violation(`start ${id} at the end: ${ended.err.trim()}`);
  }
  const report = await untilSteady(run, SETTLE_LIMIT_MS);
  if (report !== null) return performance.now() - from;
  const last = await ground.status();
  run.violation(
    `not up again after ${SETTLE_LIMIT_MS / 1000} s: ` +
      `${last === null ? `no status; ${tail(run)}` : unsteady(last).join("; ")}`,
  );
  return null;
}

function watchDaemon(): void {
  if (!run.expectDaemon || ground.daemon() !== null || !run.expectDaemon) return;
  run.expectDaemon = false;
  run.violation(`the orchestrator died by itself; daemon.log: ${tail(run)}`);
}

function memoryText(on: Ground): string {
  const daemon = on.daemon();
  const memory = daemon === null ? null : memoryOf(daemon.pid);
  if (memory === null) return "unknown";
  const mib = (kb: number): string => (kb / 1024).toFixed(1);
  return `RSS ${mib(memory.rssKb)}, PSS ${mib(memory.pssKb)}, private ${mib(memory.privateKb)} MiB`;
}
