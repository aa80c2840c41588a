// prometheus-text.ts: Prometheus' text format (0.0.4), written by hand: families, samples, histograms. Pure.

export type Labels = Readonly<Record<string, string>>;

export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly samples: readonly (readonly [Labels, number])[];
};

export type Histogram = {
  observe(labels: Labels, value: number): void;
  text(): string;
};

export const familyText = ({ name, help, type, samples }: Family): string =>
  samples.length === 0
    ? ""
    : [
        head(name, help, type),
        ...samples.map(([labels, value]) => `${name}${labelText(labels)} ${numberText(value)}`),
        "",
      ].join("\n");

/** Upper bounds in ascending order; `+Inf` is added. */
export function histogram(name: string, help: string, bounds: readonly number[]): Histogram {
  type Series = { readonly labels: Labels; readonly counts: number[]; sum: number; count: number };
  const all = new Map<string, Series>();
  return {
    observe(labels, value) {
      const key = labelText(labels);
      const series = all.get(key) ?? { labels, counts: bounds.map(() => 0), sum: 0, count: 0 };
      all.set(key, series);
      for (const [index, bound] of bounds.entries()) {
        if (value <= bound) series.counts[index] = (series.counts[index] ?? 0) + 1;
      }
      series.sum += value;
      series.count += 1;
    },
    text() {
      if (all.size === 0) return "";
      const lines = [head(name, help, "histogram")];
      for (const { labels, counts, sum, count } of all.values()) {
        for (const [index, bound] of bounds.entries()) {
          const le = { ...labels, le: numberText(bound) };
          lines.push(`${name}_bucket${labelText(le)} ${counts[index] ?? 0}`);
        }
        lines.push(`${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${count}`);
        lines.push(`${name}_sum${labelText(labels)} ${numberText(sum)}`);
        lines.push(`${name}_count${labelText(labels)} ${count}`);
      }
      return [...lines, ""].join("\n");
    },
  };
}

const head = (name: string, help: string, type: string): string =>
  `# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}\n# TYPE ${name} ${type}`;

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (value: string): string =>
  value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");

const numberText = (value: number): string => {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
};
