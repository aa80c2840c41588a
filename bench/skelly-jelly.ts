// skelly-jelly.ts: from `skelly up` to all healthy, for the reference system; and what it costs at rest.
// usage: node --conditions=source bench/skelly-jelly.ts [--runs 5] [--seconds 60]
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { processMemory } from "@skelly-jelly/orchestrator/internal";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    seconds: { type: "string", default: "60" },
  },
});
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const skelly = join(root, "packages/cli/bin/skelly.js");
const run = promisify(execFile);
const MIB = 1024 * 1024;

const home = mkdtempSync(join(tmpdir(), "skelly-bench-"));
const env = { ...process.env, SKELLY_HOME: home };
const command = async (...args: string[]): Promise<string> =>
  (await run("node", [skelly, ...args], { cwd: root, env })).stdout;
const status = async (): Promise<SystemStatusReport> =>
  JSON.parse(await command("status", "--json", "--all")) as SystemStatusReport;

function cpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const [ranNs = "0"] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ");
    return sum + Number(ranNs) / 1e6;
  }, 0);
}

const tookMs: number[] = [];
let rest: Record<string, unknown> = {};
try {
  for (let nth = 0; nth < Number(values.runs); nth++) {
    const from = performance.now();
    await command("up", "-d");
    const report = await status();
    if (report.status !== "healthy") throw new Error(`it is ${report.status}: ${report.reasons}`);
    tookMs.push(performance.now() - from);
    if (nth === Number(values.runs) - 1) rest = await atRest(report);
    await command("down");
  }
} finally {
  await command("down").catch(() => {});
  rmSync(home, { recursive: true, force: true });
}
tookMs.sort((a, b) => a - b);
const up = {
  "median ms": Math.round(tookMs[Math.floor(tookMs.length / 2)] ?? 0),
  "least ms": Math.round(tookMs[0] ?? 0),
  "most ms": Math.round(tookMs.at(-1) ?? 0),
};
console.log("From `skelly up -d` to all eight healthy, the command's own start included:");
console.table({ up });
console.log(`At rest, over ${values.seconds} s:`);
console.table(rest);
console.log(JSON.stringify({ runs: tookMs.length, up, rest }));

/** What each process of the system uses when nothing happens but this machine's own life. */
async function atRest(report: SystemStatusReport): Promise<Record<string, unknown>> {
  const pids = new Map<string, number>([["orchestrator", report.orchestrator.pid]]);
  for (const { id, pid } of report.modules) if (pid !== null) pids.set(id, pid);
  await sleep(5000);
  const from = performance.now();
  const before = new Map([...pids].map(([id, pid]) => [id, cpuMs(pid)]));
  await sleep(Number(values.seconds) * 1000);
  const spanMs = performance.now() - from;
  const rows: Record<string, { "cpu %": number; "RSS MiB": number; "PSS MiB": number }> = {};
  const total = { "cpu %": 0, "RSS MiB": 0, "PSS MiB": 0 };
  for (const [id, pid] of pids) {
    const memory = processMemory(pid);
    const row = {
      "cpu %": ((cpuMs(pid) - (before.get(id) ?? 0)) / spanMs) * 100,
      "RSS MiB": (memory?.rssBytes ?? 0) / MIB,
      "PSS MiB": (memory?.pssBytes ?? 0) / MIB,
    };
    for (const key of ["cpu %", "RSS MiB", "PSS MiB"] as const) {
      total[key] += row[key];
      row[key] = Math.round(row[key] * 100) / 100;
    }
    rows[id] = row;
  }
  for (const key of ["cpu %", "RSS MiB", "PSS MiB"] as const) {
    total[key] = Math.round(total[key] * 100) / 100;
  }
  return { ...rows, total };
}
