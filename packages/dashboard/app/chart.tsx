// chart.tsx: one number over time: a line, where it stands, and what it was under the pointer.
import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import { clock, named, reading } from "./format.ts";
import { useWidth } from "./graph.tsx";

type Props = {
  readonly name: string;
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  /** Drawn as a line across, when it is within reach. */
  readonly limit?: number | undefined;
};

const HEIGHT = 84;
const PAD = 4;

export function Chart({ name, times, values, limit }: Props): ComponentChild {
  const [place, width] = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const known = values.filter((value) => value !== null);
  const last = values.at(-1) ?? null;
  const most = Math.max(0, ...known);
  const top = limit !== undefined && limit < most * 4 ? Math.max(limit, most) : most;
  const scale = top === 0 ? 1 : top * 1.1;
  const [first = 0, end = 1] = [times[0], times.at(-1)];
  const x = (time: number): number =>
    end === first ? width - PAD : PAD + ((time - first) / (end - first)) * (width - 2 * PAD);
  const y = (value: number): number => HEIGHT - PAD - (value / scale) * (HEIGHT - 2 * PAD);
  const index = at ?? values.length - 1;
  const shown = at === null ? last : (values[index] ?? null);
  const say = `${named(name)}: now ${reading(name, last)}, most ${reading(name, known.length === 0 ? null : most)}`;
  const point = (event: PointerEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const time = first + ((event.clientX - box.left - PAD) / (width - 2 * PAD)) * (end - first);
    const nearest = times.findIndex((each) => each >= time);
    setAt(nearest < 0 ? times.length - 1 : nearest);
  };
  return (
    <figure class="chart" ref={place as never}>
      <figcaption>
        <span>{named(name)}</span>
        <b>{reading(name, shown)}</b>
        <small>{at === null ? "" : clock(times[index] ?? 0).slice(0, 8)}</small>
      </figcaption>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={say}
        onPointerMove={point}
        onPointerLeave={() => setAt(null)}
      >
        {limit !== undefined && limit <= scale && (
          <line class="limit" x1={0} x2={width} y1={y(limit)} y2={y(limit)} />
        )}
        {known.length > 0 && <path class="area" d={area(times, values, x, y)} />}
        {known.length > 0 && <path class="trace" d={trace(times, values, x, y)} />}
        {shown !== null && times.length > 0 && (
          <circle cx={x(times[index] ?? 0)} cy={y(shown)} r={3} />
        )}
      </svg>
    </figure>
  );
}

type Scale = (value: number) => number;

/** Unknown readings are gaps, not zeros. */
function pieces(times: readonly number[], values: readonly (number | null)[]) {
  const found: [number, number][][] = [[]];
  for (const [index, value] of values.entries()) {
    if (value === null) found.push([]);
    else found.at(-1)?.push([times[index] ?? 0, value]);
  }
  return found.filter((piece) => piece.length > 0);
}

const trace = (
  times: readonly number[],
  values: readonly (number | null)[],
  x: Scale,
  y: Scale,
): string =>
  pieces(times, values)
    .map((piece) => `M${piece.map(([time, value]) => `${x(time)},${y(value)}`).join("L")}`)
    .join("");

const area = (
  times: readonly number[],
  values: readonly (number | null)[],
  x: Scale,
  y: Scale,
): string =>
  pieces(times, values)
    .map((piece) => {
      const line = piece.map(([time, value]) => `${x(time)},${y(value)}`).join("L");
      const [first = [0, 0], last = [0, 0]] = [piece[0], piece.at(-1)];
      return `M${x(first[0])},${y(0)}L${line}L${x(last[0])},${y(0)}Z`;
    })
    .join("");
