// churn.ts: modules that crash as fast as they are restarted: the orchestrator's memory stays where it was.
// usage: node --conditions=source bench/churn.ts [--cycles 10000] [--modules 4]
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { connectControl } from "../packages/cli/control-client.ts";
import { statePaths } from "../packages/cli/state-paths.ts";
import { openGround, writeConfig } from "./chaos/ground.ts";
import { memoryOf } from "./chaos/machine.ts";

const { values } = parseArgs({
  options: {
    cycles: { type: "string", default: "10000" },
    modules: { type: "string", default: "4" },
  },
});
const cycles = Number(values.cycles);
const GROWTH_LIMIT_KB = 2 * 1024;
const LIMIT_MS = 20 * 60_000;
const FIRST = 1000;

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
  const samples: { restarts: number; rssKb: number; pssKb: number; privateKb: number }[] = [];
  const began = performance.now();
  for (let next = FIRST; next <= cycles && performance.now() - began < LIMIT_MS; ) {
    await sleep(200);
    const report = (await client.request("status", {})) as unknown as SystemStatusReport;
    const restarts = report.modules.reduce((sum, one) => sum + one.incarnation, 0);
    const memory = memoryOf(daemon.pid);
    if (restarts < next || memory === null) continue;
    samples.push({ restarts, ...memory });
    console.log(`${restarts} restarts: ${JSON.stringify(memory)}`);
    next += FIRST;
  }
  client.close();
  const [first, last] = [samples[0], samples.at(-1)];
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
