// table.ts: aligned columns. Pure: rows in, lines out.
import { cut, padEnd, padStart, widthOf } from "./width.ts";

export type Column = {
  readonly title: string;
  readonly align?: "left" | "right";
};

const GAP = "  ";

/** Lines with the titles first. Each row has one cell per column; cells may be coloured. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: {
    readonly width: number;
    readonly ellipsis: string;
    readonly title: (text: string) => string;
  },
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index] ?? ""))),
  );
  const line = (cells: readonly string[], dress: (text: string) => string): string => {
    const padded = columns.map(({ align }, index) => {
      const pad = align === "right" ? padStart : padEnd;
      return dress(pad(cells[index] ?? "", widths[index] ?? 0));
    });
    return cut(padded.join(GAP).trimEnd(), options.width, options.ellipsis);
  };
  const titles = columns.map(({ title }) => title);
  return [line(titles, options.title), ...rows.map((row) => line(row, (text) => text))];
}
