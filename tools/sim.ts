// sim.ts: runs many seeds of the simulator, on as many cores as there are.
// usage: npm run sim -- [--seeds 1000] [--from N] [--steps N] [--for 60s] [--workers N] [--out FILE]
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import {
  runSeeds,
  type SeedsResult,
  STEPS_EACH,
} from "../packages/orchestrator/testkit/simulation/simulate.ts";
import { storyText } from "../packages/orchestrator/testkit/simulation/story-text.ts";

type Share = {
  readonly from: number;
  readonly count: number;
  readonly stepsEach: number;
  readonly untilMs: number;
};

if (isMainThread) await main();
else parentPort?.postMessage(await work(workerData as Share));

async function work({ from, count, stepsEach, untilMs }: Share): Promise<SeedsResult> {
  return await runSeeds({
    from,
    count,
    stepsEach,
    isOver: () => performance.timeOrigin + performance.now() > untilMs,
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      steps: { type: "string", default: String(STEPS_EACH) },
      for: { type: "string" },
      workers: { type: "string", default: String(availableParallelism()) },
      out: { type: "string" },
    },
  });
  const from = number("from", values.from);
  const stepsEach = number("steps", values.steps);
  const workers = number("workers", values.workers);
  const forMs = values.for === undefined ? Number.POSITIVE_INFINITY : durationMs(values.for);
  const seeds = number("seeds", values.seeds ?? (values.for === undefined ? "1000" : "1000000000"));
  const beganMs = performance.timeOrigin + performance.now();
  const each = Math.ceil(seeds / workers);
  const results = await Promise.all(
    Array.from({ length: workers }, (_, nth) =>
      inWorker({
        from: from + nth * each,
        count: Math.min(each, seeds - nth * each),
        stepsEach,
        untilMs: beganMs + forMs,
      }),
    ),
  );
  const tookMs = performance.timeOrigin + performance.now() - beganMs;
  const steps = results.reduce((sum, result) => sum + result.steps, 0);
  const played = results.reduce((sum, result) => sum + result.seeds, 0);
  const perSecond = Math.round(steps / (tookMs / 1000));
  console.log(
    `${played} seeds, ${steps} steps in ${(tookMs / 1000).toFixed(1)} s (${perSecond} steps/s)`,
  );
  const failed = results.flatMap(({ failed: found }) => (found === null ? [] : [found]));
  for (const result of failed) console.log(storyText(result));
  if (values.out !== undefined && failed.length > 0) {
    writeFileSync(values.out, JSON.stringify(failed.map(({ story }) => story)));
  }
  process.exitCode = failed.length === 0 ? 0 : 1;
}

function inWorker(share: Share): Promise<SeedsResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} takes a whole number, not '${text}'`);
  process.exit(2);
}

function durationMs(text: string): number {
  const [, amount, unit = "s"] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit];
  if (amount !== undefined && factor !== undefined) return Number(amount) * factor;
  console.error(`--for takes a duration such as 60s, not '${text}'`);
  process.exit(2);
}
