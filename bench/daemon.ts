// daemon.ts: what the orchestrator costs while nothing happens: memory and processor with 20 modules.
// usage: node --conditions=source bench/daemon.ts [--modules 20] [--seconds 60] [--settle 15]
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { processMemory } from "@skelly-jelly/orchestrator/internal";

const { values } = parseArgs({
  options: {
    modules: { type: "string", default: "20" },
    seconds: { type: "string", default: "60" },
    settle: { type: "string", default: "15" },
  },
});
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const skelly = join(root, "packages/cli/bin/skelly.js");
const run = promisify(execFile);
const MIB = 1024 * 1024;

/** CPU of every thread, by the scheduler's own account, in ms. */
function cpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const [ranNs = "0"] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ");
    return sum + Number(ranNs) / 1e6;
  }, 0);
}

/** What TCP checks knock at: one door for all, so that nothing else is measured. */
const door = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
await once(door, "listening");
const { port } = door.address() as AddressInfo;

type Check = "tcp" | "exec";

async function measure(check: Check, trim: boolean): Promise<Record<string, string>> {
  const count = Number(values.modules);
  const directory = mkdtempSync(join(tmpdir(), "skelly-bench-"));
  // Health checks at the default 30 s, readings at the default 10 s, journal and control socket on.
  const modules = Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      `m${n}`,
      {
        command: ["sleep", "100000"],
        liveness: check === "tcp" ? { tcp: port } : { exec: ["true"] },
      },
    ]),
  );
  writeFileSync(join(directory, "skelly.config.json"), JSON.stringify({ name: "bench", modules }));
  const env = { ...process.env, SKELLY_TRIM: trim ? "on" : "off" };
  const command = (...args: string[]) => run("node", [skelly, ...args], { cwd: directory, env });
  await command("up", "-d");
  try {
    const { stdout } = await command("status", "--json");
    const { pid } = (JSON.parse(stdout) as SystemStatusReport).orchestrator;
    await sleep(Number(values.settle) * 1000);
    const from = performance.now();
    const before = cpuMs(pid);
    await sleep(Number(values.seconds) * 1000);
    const cpu = ((cpuMs(pid) - before) / (performance.now() - from)) * 100;
    const memory = processMemory(pid);
    const mib = (bytes: number | null | undefined) =>
      bytes === null || bytes === undefined ? "unknown" : (bytes / MIB).toFixed(1);
    return {
      "RSS MiB": mib(memory?.rssBytes),
      "PSS MiB": mib(memory?.pssBytes),
      "private MiB": mib(memory?.privateBytes),
      "peak MiB": mib(memory?.peakBytes),
      "cpu % of a core": cpu.toFixed(3),
    };
  } finally {
    await command("down");
    rmSync(directory, { recursive: true, force: true });
  }
}

const rows = {
  "tcp checks": await measure("tcp", true),
  "exec checks": await measure("exec", true),
  "tcp checks, SKELLY_TRIM=off": await measure("tcp", false),
};
door.close();
console.table(rows);
console.log(JSON.stringify({ modules: Number(values.modules), rows }));
