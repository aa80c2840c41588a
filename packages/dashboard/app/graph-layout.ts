// graph-layout.ts: where modules and edges of the graph go: waves as columns when they fit, as rows when not. Pure.

export type Box = { readonly id: string; readonly x: number; readonly y: number };
export type Line = { readonly from: string; readonly on: string; readonly path: string };

export type Layout = {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
};

export type Sizes = {
  /** Room there is. */
  readonly width: number;
  readonly boxWidth: number;
  readonly boxHeight: number;
  /** Between modules of one wave. */
  readonly gap: number;
};

type Edge = { readonly from: string; readonly on: string };

const ROWS_MAX = 9;
const WAVE_GAP = 56;
/** Between columns, the widest that fits. */
const COLUMN_GAPS = [72, 56, 40, 28];
/** How far a line swings around the waves that it passes. */
const SWING = 20;

export function layOut(
  waves: readonly (readonly string[])[],
  edges: readonly Edge[],
  sizes: Sizes,
): Layout {
  const ordered = untangled(waves, edges);
  const columns = ordered.reduce((sum, wave) => sum + chunks(wave, ROWS_MAX).length, 0);
  const { boxWidth, gap } = sizes;
  const boxesWide = columns * boxWidth + (columns - waves.length) * gap;
  const between = COLUMN_GAPS.find((each) => boxesWide + (waves.length - 1) * each <= sizes.width);
  const passed = passedWaves(ordered);
  return between === undefined
    ? asRows(ordered, edges, sizes, passed)
    : asColumns(ordered, edges, sizes, passed, between);
}

type Passed = (from: string, on: string) => number;

/** How many waves lie between two modules. */
function passedWaves(waves: readonly (readonly string[])[]): Passed {
  const wave = new Map(waves.flatMap((ids, index) => ids.map((id) => [id, index] as const)));
  return (from, on) => Math.max(0, (wave.get(from) ?? 0) - (wave.get(on) ?? 0) - 1);
}

function asColumns(
  waves: readonly (readonly string[])[],
  edges: readonly Edge[],
  { boxWidth, boxHeight, gap }: Sizes,
  passed: Passed,
  between: number,
): Layout {
  const rows = Math.min(ROWS_MAX, Math.max(1, ...waves.map((wave) => wave.length)));
  const most = Math.max(0, ...edges.map(({ from, on }) => passed(from, on)));
  const room = most === 0 ? 0 : boxHeight * 0.6 + most * SWING * 0.75;
  const inner = rows * (boxHeight + gap) - gap;
  const boxes: Box[] = [];
  let x = 0;
  for (const wave of waves) {
    for (const column of chunks(wave, ROWS_MAX)) {
      const top = room + (inner - (column.length * (boxHeight + gap) - gap)) / 2;
      for (const [index, id] of column.entries()) {
        boxes.push({ id, x, y: top + index * (boxHeight + gap) });
      }
      x += boxWidth + gap;
    }
    x += between - gap;
  }
  const width = Math.max(boxWidth, x - between);
  const at = new Map(boxes.map((box) => [box.id, box]));
  const path = (from: Box, on: Box): string => {
    const [x1, y1] = [on.x + boxWidth, on.y + boxHeight / 2];
    const [x2, y2] = [from.x, from.y + boxHeight / 2];
    const waves = passed(from.id, on.id);
    if (waves === 0) {
      const bend = Math.max(12, (x2 - x1) / 2);
      return `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
    }
    // Over what lies between, out at one top and in at the other.
    const [a, b] = [on.x + boxWidth * 0.8, from.x + boxWidth * 0.2];
    const high = Math.min(on.y, from.y) - boxHeight * 0.6 - waves * SWING;
    return `M${a},${on.y}C${a + 30},${high} ${b - 30},${high} ${b},${from.y}`;
  };
  return { boxes, lines: linesOf(edges, at, path), width, height: room + inner };
}

function asRows(
  waves: readonly (readonly string[])[],
  edges: readonly Edge[],
  { width, boxWidth, boxHeight, gap }: Sizes,
  passed: Passed,
): Layout {
  const perRow = Math.max(1, Math.floor((width + gap) / (boxWidth + gap)));
  const boxes: Box[] = [];
  let y = 0;
  for (const wave of waves) {
    for (const row of chunks(wave, perRow)) {
      const left = Math.max(0, (width - (row.length * (boxWidth + gap) - gap)) / 2);
      for (const [index, id] of row.entries()) {
        boxes.push({ id, x: left + index * (boxWidth + gap), y });
      }
      y += boxHeight + gap;
    }
    y += WAVE_GAP / 2;
  }
  const at = new Map(boxes.map((box) => [box.id, box]));
  const path = (from: Box, on: Box): string => {
    const [x1, y1] = [on.x + boxWidth / 2, on.y + boxHeight];
    const [x2, y2] = [from.x + boxWidth / 2, from.y];
    const waves = passed(from.id, on.id);
    const bend = Math.max(16, (y2 - y1) / 2);
    if (waves === 0) return `M${x1},${y1}C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2}`;
    // Around what lies between, out at one side and in at the other.
    const [a, b] = [on.x + boxWidth, from.x + boxWidth];
    const far = Math.min(width, Math.max(a, b) + SWING + waves * SWING);
    const [c, d] = [on.y + boxHeight * 0.7, from.y + boxHeight * 0.3];
    return `M${a},${c}C${far},${c + 20} ${far},${d - 20} ${b},${d}`;
  };
  const height = Math.max(boxHeight, y - gap - WAVE_GAP / 2);
  return { boxes, lines: linesOf(edges, at, path), width, height };
}

function linesOf(
  edges: readonly Edge[],
  at: ReadonlyMap<string, Box>,
  path: (from: Box, on: Box) => string,
): Line[] {
  return edges.flatMap((edge) => {
    const [from, on] = [at.get(edge.from), at.get(edge.on)];
    return from === undefined || on === undefined
      ? []
      : [{ from: edge.from, on: edge.on, path: path(from, on) }];
  });
}

/** Each wave in the order of what it depends on, so that few edges cross. */
function untangled(
  waves: readonly (readonly string[])[],
  edges: readonly Edge[],
): readonly (readonly string[])[] {
  const place = new Map<string, number>();
  return waves.map((wave) => {
    const middle = (id: string): number => {
      const above = edges
        .filter(({ from, on }) => from === id && place.has(on))
        .map(({ on }) => place.get(on) ?? 0);
      return above.length === 0 ? 0.5 : above.reduce((sum, each) => sum + each, 0) / above.length;
    };
    const ordered = wave
      .map((id) => ({ id, middle: middle(id) }))
      .sort((a, b) => a.middle - b.middle || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
    for (const [index, id] of ordered.entries()) place.set(id, (index + 0.5) / ordered.length);
    return ordered;
  });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  // Even parts look calmer than full ones and a rest.
  const count = Math.ceil(items.length / size);
  const each = Math.ceil(items.length / Math.max(1, count));
  for (let at = 0; at < items.length; at += each) parts.push(items.slice(at, at + each));
  return parts;
}
