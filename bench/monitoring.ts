// monitoring.ts: what it costs to read what modules use: 20 every ten seconds, 100 every second.
// usage: node --conditions=source bench/monitoring.ts [--readings 10]
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  createModuleResources,
  createProcessRunner,
  createSystemClock,
} from "@skelly-jelly/orchestrator/internal";
import { module } from "@skelly-jelly/orchestrator/testkit";

const { values } = parseArgs({
  options: { readings: { type: "string", default: "10" }, inside: { type: "boolean" } },
});

/** As the daemon runs: see packages/cli/start-daemon.ts. */
const FLAGS = ["--max-semi-space-size=1", "--no-opt", "--no-maglev"];
const LIMITS = { cpuPercent: 50, memoryBytes: 256 * 1024 * 1024, fileHandles: 1000, threads: 64 };

/** Milliseconds of processor time of one reading, each after a rest: caches are as cold as in life. */
async function costMs(count: number, readings: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "skelly-bench-"));
  const processes = createProcessRunner({
    system: "bench",
    runDirectory: join(directory, "run"),
    baseEnv: process.env,
  });
  const clock = createSystemClock();
  const resources = createModuleResources({ clock, directory, processes });
  try {
    const started = Array.from({ length: count }, (_, n) => {
      const instance = `m${n}`;
      const descriptor = module(instance, {
        run: { kind: "command", argv: ["sleep", "100000"] },
        cwd: "/",
        ready: null,
        liveness: null,
        limits: LIMITS,
      });
      const welcome = {
        type: "welcome",
        config: {},
        configVersion: 1,
        level: "full",
        paused: false,
      } as const;
      return new Promise<{ instance: string; pid: number | null }>((resolve, reject) => {
        processes.start({ instance, incarnation: 1, descriptor, welcome }, (fact) => {
          if (fact.kind === "spawned") resolve({ instance, pid: fact.pid });
          if (fact.kind === "spawn-failed") reject(new Error(fact.failure.message));
        });
      });
    });
    const instances = await Promise.all(started);
    let spentMs = 0;
    for (let reading = -2; reading < readings; reading++) {
      await sleep(1000);
      const before = process.cpuUsage();
      resources.read(instances);
      resources.machine?.();
      for (const { instance } of instances) resources.enforcedBy?.(instance, LIMITS, "process");
      const { user, system } = process.cpuUsage(before);
      // The first readings open files that stay open.
      if (reading >= 0) spentMs += (user + system) / 1000;
    }
    return spentMs / readings;
  } finally {
    resources.close();
    await processes.close({ leaveRunning: false });
    rmSync(directory, { recursive: true, force: true });
  }
}

if (values.inside !== true) {
  const self = fileURLToPath(import.meta.url);
  const args = [...FLAGS, "--conditions=source", self, "--inside", "--readings", values.readings];
  execFileSync(process.execPath, args, { stdio: "inherit" });
} else {
  const readings = Number(values.readings);
  const few = await costMs(20, readings);
  const many = await costMs(100, readings);
  const percent = (ms: number, everyMs: number): number =>
    Number(((ms / everyMs) * 100).toFixed(4));
  const rows = {
    "20 modules every 10 s": {
      "ms a reading": Number(few.toFixed(3)),
      "% of a core": percent(few, 10_000),
      budget: 0.05,
    },
    "100 modules every 1 s": {
      "ms a reading": Number(many.toFixed(3)),
      "% of a core": percent(many, 1000),
      budget: 1,
    },
  };
  console.table(rows);
  console.log(JSON.stringify({ readings, rows }));
}
