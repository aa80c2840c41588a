// history.ts: numbers of every module over the last minutes, in bounded columns.
import type { ApiHistory, ModuleStatus } from "@skelly-jelly/contract";

/** Ten minutes while somebody watches; an hour else. */
const POINTS_MAX = 360;
const METRICS_MAX = 24;
const MODULES_MAX = 1_000;
/** Changes come in bursts; a reading for each would push out the minutes before. */
const APART_MS = 1_500;
const USAGE = ["cpuPercent", "memoryBytes", "fileHandles", "threads"] as const;

type Series = { readonly times: number[]; readonly columns: Map<string, (number | null)[]> };

export type History = {
  add(timeMs: number, modules: readonly ModuleStatus[]): void;
  of(module: string): ApiHistory;
};

export function history(): History {
  const all = new Map<string, Series>();
  let lastMs = 0;
  return {
    add(timeMs, modules) {
      if (timeMs - lastMs < APART_MS) return;
      lastMs = timeMs;
      const present = new Set(modules.map(({ id }) => id));
      for (const id of all.keys()) if (!present.has(id)) all.delete(id);
      for (const module of modules.slice(0, MODULES_MAX)) {
        const series = all.get(module.id) ?? { times: [], columns: new Map() };
        all.set(module.id, series);
        addPoint(series, timeMs, module);
      }
    },
    of(module) {
      const series = all.get(module);
      return {
        module,
        times: series?.times ?? [],
        names: [...(series?.columns.keys() ?? [])],
        columns: [...(series?.columns.values() ?? [])],
      };
    },
  };
}

function addPoint({ times, columns }: Series, timeMs: number, module: ModuleStatus): void {
  const numbers: [string, number | null][] = [
    ...USAGE.map((name): [string, number | null] => [name, module.usage[name]]),
    ...Object.entries(module.metrics).map(([name, value]): [string, number] => [
      `metrics.${name}`,
      value,
    ]),
  ];
  const told = new Map(numbers);
  for (const name of told.keys()) {
    if (columns.has(name) || columns.size >= USAGE.length + METRICS_MAX) continue;
    columns.set(name, Array<null>(times.length).fill(null));
  }
  times.push(timeMs);
  for (const [name, column] of columns) column.push(told.get(name) ?? null);
  if (times.length <= POINTS_MAX) return;
  times.shift();
  for (const column of columns.values()) column.shift();
}
