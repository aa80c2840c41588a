// analysis.ts: how well the analysis tells states apart: a confusion matrix over labelled traces,
// and what it costs.
// Run: node --conditions=source bench/analysis.ts [traces for each state]
import { readFileSync } from "node:fs";
import type { State } from "@skelly-jelly/events";
import { STATES } from "@skelly-jelly/events";
import { analyse } from "../modules/analysis-engine/engine.ts";
import { nothingLearned } from "../modules/analysis-engine/learning.ts";
import type { Memory } from "../modules/analysis-engine/memory.ts";
import type { Trace } from "../modules/traces/generate.ts";
import { generateTrace } from "../modules/traces/generate.ts";
import { batchesOf } from "../modules/traces/windows.ts";

type Matrix = Record<State, Record<State, number>>;
const empty = (): Matrix =>
  Object.fromEntries(
    STATES.map((truth) => [truth, Object.fromEntries(STATES.map((seen) => [seen, 0]))]),
  ) as Matrix;

/** Seeds far from those that the shipped traces were made with. */
const FIRST_SEED = 10_000;
const MINUTES: Readonly<Record<State, number>> = {
  flow: 12,
  hyperfocus: 60,
  distracted: 12,
  transitioning: 12,
  neutral: 12,
  idle: 12,
};

function judge(trace: Trace, matrix: Matrix, tookMs: number[]): void {
  let memory: Memory | null = null;
  for (const { batch, label } of batchesOf(trace)) {
    const startedMs = performance.now();
    const analysed = analyse(batch, memory, nothingLearned());
    tookMs.push(performance.now() - startedMs);
    memory = analysed.memory;
    // The first two minutes of stillness are not idle yet, by definition.
    const idleYet = batch.windowEndMs - trace.header.startMs >= 120_000;
    if (label !== null && (label !== "idle" || idleYet)) matrix[label][analysed.state.state] += 1;
  }
}

export function readTrace(file: string): Trace {
  const [header, ...events] = readFileSync(file, "utf8").trim().split("\n");
  return { header: JSON.parse(header ?? ""), events: events.map((line) => JSON.parse(line)) };
}

function print(title: string, matrix: Matrix): void {
  console.log(
    `\n${title}\n${"truth \\ said".padEnd(16)}${STATES.map((s) => s.padStart(15)).join("")}`,
  );
  let right = 0;
  let all = 0;
  for (const truth of STATES) {
    const row = matrix[truth];
    const total = STATES.reduce((sum, said) => sum + row[said], 0);
    if (total === 0) continue;
    right += row[truth];
    all += total;
    const cells = STATES.map((said) => String(row[said]).padStart(15)).join("");
    console.log(`${truth.padEnd(16)}${cells}   ${((row[truth] / total) * 100).toFixed(1)} %`);
  }
  console.log(`right: ${right} of ${all} windows, ${((right / all) * 100).toFixed(1)} %`);
}

const tracesEach = Number(process.argv[2] ?? 20);
const tookMs: number[] = [];
const shipped = empty();
for (const name of ["distracted", "flow"]) {
  judge(readTrace(`${import.meta.dirname}/../modules/traces/${name}.jsonl`), shipped, tookMs);
}
print("The two shipped traces (synthetic)", shipped);

for (const blur of [0, 0.2, 0.4]) {
  const generated = empty();
  for (const state of STATES) {
    for (let n = 0; n < tracesEach; n++) {
      const seed = FIRST_SEED + STATES.indexOf(state) * 1000 + n;
      judge(generateTrace(state, seed, MINUTES[state] * 60_000, blur), generated, tookMs);
    }
  }
  const how = blur === 0 ? "" : `, drawn ${blur * 100} % towards neutral`;
  print(`${tracesEach} generated traces for each state (synthetic)${how}`, generated);
}

tookMs.sort((a, b) => a - b);
const at = (share: number): string =>
  (tookMs[Math.floor(share * (tookMs.length - 1))] ?? 0).toFixed(2);
console.log(
  `\none window: median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms (budget 50 ms)`,
);
