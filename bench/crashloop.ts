// crashloop.ts: one module that crashes again and again, at default settings: what that costs the
// orchestrator, how it ends, and whether the others notice.
// usage: node --conditions=source bench/crashloop.ts [--others 19]
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openGround, writeConfig } from "./chaos/ground.ts";
import { cpuMsOf } from "./chaos/machine.ts";

const { values } = parseArgs({ options: { others: { type: "string", default: "19" } } });
const LIMIT_S = 90;
const CPU_LIMIT_PERCENT = 1;

const ground = openGround(null);
try {
  const others = Object.fromEntries(
    Array.from({ length: Number(values.others) }, (_, n) => [
      `calm${n}`,
      { command: ["sleep", "100000"] },
    ]),
  );
  const crashing = { command: ["sh", "-c", "sleep 0.3; exit 1"] };
  writeConfig(ground, { name: "crashloop", modules: { ...others, crashing } });
  const up = await ground.skelly(["up", "-d"]);
  if (up.code !== 0) throw new Error(up.err);
  const before = await ground.status();
  const daemon = ground.daemon();
  if (before === null || daemon === null) throw new Error("it does not run");
  const [from, cpuFrom] = [performance.now(), cpuMsOf(daemon.pid)];
  let [cpu, after] = [0, before];
  for (let second = 0; second < LIMIT_S; second += 1) {
    await sleep(1000);
    cpu = ((cpuMsOf(daemon.pid) - cpuFrom) / (performance.now() - from)) * 100;
    // Asking costs it something too: seldom, and after the reading.
    if (second % 5 === 4) after = (await ground.status()) ?? after;
    if (after.modules.find(({ id }) => id === "crashing")?.state === "failed") break;
  }
  const tookMs = performance.now() - from;
  const module = after.modules.find(({ id }) => id === "crashing");
  const disturbed = after.modules.filter(
    ({ id, pid, incarnation, state }) =>
      id !== "crashing" &&
      (state !== "running" ||
        !before.modules.some((b) => b.id === id && b.pid === pid && b.incarnation === incarnation)),
  );
  const result = {
    seconds: Math.round(tookMs / 1000),
    cpuPercent: Number(cpu.toFixed(3)),
    state: module?.state,
    restarts: module?.restarts,
    says: module?.failure?.message,
    othersDisturbed: disturbed.map(({ id }) => id),
  };
  console.log(JSON.stringify(result));
  const isWell = cpu < CPU_LIMIT_PERCENT && module?.state === "failed" && disturbed.length === 0;
  process.exitCode = isWell ? 0 : 1;
  await ground.skelly(["down"]);
} finally {
  await ground.clear();
}
