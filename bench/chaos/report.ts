// report.ts: what was done, what came of it, and how long it took.
import { readBook } from "./book.ts";
import { type ChaosRun, ENDS_A_LIFE } from "./chaos-run.ts";

export type Summary = {
  readonly seed: number;
  readonly minutes: number;
  readonly modules: number;
  readonly lines: number;
  readonly settledMs: number | null;
  readonly memory: string;
};

export function printReport(run: ChaosRun, summary: Summary): void {
  const book = readBook(run.ground.folder);
  const starts = book.filter(({ what }) => what === "S");
  const done = run.faults.filter((fault) => fault.done);
  const rows = [...new Set(run.faults.map(({ kind }) => kind))].sort().map((kind) => {
    const all = done.filter((fault) => fault.kind === kind);
    const back = (ENDS_A_LIFE.test(kind) ? all : []).flatMap(({ target, seconds }) => {
      const next = starts.find((start) => start.id === target && start.seconds >= seconds);
      return target === null || next === undefined ? [] : [next.seconds - seconds];
    });
    back.sort((a, b) => a - b);
    const at = (share: number): string =>
      back[Math.floor((back.length - 1) * share)]?.toFixed(2) ?? "";
    return {
      kind,
      faults: all.length,
      "median s to next life": at(0.5),
      "p90 s": at(0.9),
      "worst s": at(1),
    };
  });
  console.table(rows);
  const kills = done.filter(({ kind }) => kind.startsWith("kill -9 of the orchestrator")).length;
  console.log(
    `seed ${summary.seed}, ${summary.minutes} min, ${summary.modules} modules: ${done.length} faults ` +
      `(${kills} kill -9 of the orchestrator), ${starts.length} lives, ${summary.lines} lines, ` +
      `settled in ${summary.settledMs === null ? "never" : `${(summary.settledMs / 1000).toFixed(1)} s`}`,
  );
  console.log(`orchestrator at the end: ${summary.memory}`);
  for (const text of run.system.missing) console.log(`note: ${text}`);
  for (const [text, times] of run.notes) console.log(`note: ${text} (${times} times)`);
  console.log(
    run.violations.length === 0 ? "no violations" : `${run.violations.length} violations:`,
  );
  for (const text of run.violations) console.log(`  ${text}`);
}
