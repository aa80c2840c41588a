// kill9.ts: kill -9 of the orchestrator with 20 writing modules: how soon the next one has them all.
// usage: node --conditions=source bench/kill9.ts [--modules 20] [--rounds 5]
import { parseArgs } from "node:util";
import { type Adoption, dieAndReturn, faultsOfLines, writeWriters } from "./chaos/adoption.ts";
import { openGround } from "./chaos/ground.ts";

const { values } = parseArgs({
  options: {
    modules: { type: "string", default: "20" },
    rounds: { type: "string", default: "5" },
  },
});
const count = Number(values.modules);
const LIMIT_MS = 1000;

const ground = openGround(null);
try {
  writeWriters(ground, count);
  const up = await ground.skelly(["up", "-d"]);
  if (up.code !== 0) throw new Error(up.err);
  const rounds: Adoption[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    rounds.push(await dieAndReturn(ground, 500));
  }
  await ground.skelly(["down"]);
  const times = rounds.map(({ commandMs }) => Math.round(commandMs)).sort((a, b) => a - b);
  const result = {
    modules: count,
    medianMs: times[Math.floor(times.length / 2)] ?? Number.NaN,
    allMs: times,
    adopted: rounds.map(({ adopted }) => adopted),
    restarts: rounds.reduce((sum, { restarts }) => sum + restarts, 0),
    changed: rounds.flatMap(({ changed }) => changed),
    lines: faultsOfLines(
      ground,
      Array.from({ length: count }, (_, n) => `m${n}`),
    ),
  };
  console.log(JSON.stringify(result));
  const isWell =
    result.medianMs < LIMIT_MS &&
    result.restarts === 0 &&
    result.adopted.every((adopted) => adopted === count) &&
    result.changed.length + result.lines.length === 0;
  process.exitCode = isWell ? 0 : 1;
} finally {
  await ground.clear();
}
