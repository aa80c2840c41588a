// churn.ts: modules that crash as fast as they are restarted: the orchestrator's memory stays where it was.
// usage: node --conditions=source bench/churn.ts [--cycles 10000] [--every 1000] [--modules 4]
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { connectControl } from "../packages/cli/control-client.ts";
import { statePaths } from "../packages/cli/state-paths.ts";
import { openGround, writeConfig } from "./chaos/ground.ts";
import { type Memory, memoryOf } from "./chaos/machine.ts";

const { values } = parseArgs({
  options: {
    cycles: { type: "string", default: "10000" },
    every: { type: "string", default: "1000" },
    modules: { type: "string", default: "4" },
  },
});
const cycles = Number(values.cycles);
const GROWTH_LIMIT_KB = 2 * 1024;
const LIMIT_MS = 20 * 60_000;
const every = Number(values.every);

const ground = openGround(null);
try {
  const attempts = { attempts: "unlimited", backoff: 0, backoffMax: 0 };
  const module = {
    command: ["sh", "-c", "echo a line; exit 1"],
    recovery: { ladder: [{ restart: attempts }] },
  };
  const modules = Object.fromEntries(
    Array.from({ length: Number(values.modules) }, (_, n) => [`crash${n}`, module]),
  );
  writeConfig(ground, { name: "churn", modules });
  const up = await ground.skelly(["up", "-d", "--no-wait"]);
  if (up.code !== 0) throw new Error(up.err);
  const daemon = ground.daemon();
  if (daemon === null) throw new Error("it does not run");
  const client = await connectControl(statePaths(ground.home, {}).socket);
  const began = performance.now();
  const groups: { restarts: number; rssKb: number; pssKb: number; privateKb: number }[] = [];
  let samples: Memory[] = [];
  // What is garbage and what is memory only many readings tell: each group's median counts.
  for (let end = 2 * every; end <= cycles + every && performance.now() - began < LIMIT_MS; ) {
    await sleep(100);
    const report = (await client.request("status", {})) as unknown as SystemStatusReport;
    const restarts = report.modules.reduce((sum, one) => sum + one.incarnation, 0);
    const memory = memoryOf(daemon.pid);
    if (memory !== null && restarts >= end - every) samples.push(memory);
    if (restarts < end || samples.length === 0) continue;
    groups.push({
      restarts,
      rssKb: median(samples.map(({ rssKb }) => rssKb)),
      pssKb: median(samples.map(({ pssKb }) => pssKb)),
      privateKb: median(samples.map(({ privateKb }) => privateKb)),
    });
    console.log(JSON.stringify(groups.at(-1)));
    samples = [];
    end += every;
  }
  client.close();
  const [first, last] = [groups[0], groups.at(-1)];
  if (first === undefined || last === undefined) throw new Error("nothing was measured");
  const growthKb = last.rssKb - first.rssKb;
  const seconds = (performance.now() - began) / 1000;
  console.log(
    JSON.stringify({
      restarts: last.restarts,
      perSecond: Math.round(last.restarts / seconds),
      growthKb: {
        rss: growthKb,
        pss: last.pssKb - first.pssKb,
        private: last.privateKb - first.privateKb,
      },
    }),
  );
  process.exitCode = last.restarts >= cycles && growthKb <= GROWTH_LIMIT_KB ? 0 : 1;
  await ground.skelly(["down"]);
} finally {
  await ground.clear();
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
