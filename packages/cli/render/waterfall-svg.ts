// waterfall-svg.ts: a start-up as one picture that needs no other file: light, dark, for screen readers. Pure.
import { type Bar, endOf, insteadOfTime, type Waterfall } from "../analyze/waterfall.ts";
import { duration } from "./amounts.ts";

const WIDTH = 960;
const ROW = 28;
const TOP = 96;
const LEFT_MIN = 90;
const LEFT_MAX = 260;
const RIGHT = 150;
const LETTER = 7.4;
const TICKS = 5;
const NAME_MAX = 32;

export function waterfallSvg(name: string, waterfall: Waterfall): string {
  const { bars, criticalPath } = waterfall;
  const endMs = endOf(waterfall);
  const longest = Math.max(0, ...bars.map(({ module }) => Math.min(NAME_MAX, module.length)));
  const left = Math.min(LEFT_MAX, Math.max(LEFT_MIN, Math.round(longest * LETTER) + 40));
  const room = WIDTH - left - RIGHT;
  const x = (ms: number): number => round(left + (ms / endMs) * room);
  const bottom = TOP + bars.length * ROW;
  const pathLines = wrapped(pathWords(waterfall), 118);
  const height = bottom + 40 + pathLines.length * 18;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" ` +
      `height="${height}" role="img" aria-labelledby="title summary">`,
    `<title id="title">${escaped(`Start-up of ${name}`)}</title>`,
    `<desc id="summary">${escaped(summary(name, waterfall))}</desc>`,
    STYLE,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    `<text class="head" x="24" y="34">${escaped(name)}</text>`,
    `<text class="dim" x="24" y="56">${escaped(underline(waterfall))}</text>`,
    ...ticks(endMs).map((ms) => tick(ms, x(ms), bottom)),
    ...bars.map((bar, index) => row(bar, { x, endMs, left, y: TOP + index * ROW })),
    ...links(waterfall, x),
    ...pathLines.map(
      (line, index) =>
        `<text class="path" x="24" y="${bottom + 34 + index * 18}">${escaped(line)}</text>`,
    ),
    ...(criticalPath.length === 0 ? [] : [LEGEND]),
    "</svg>",
    "",
  ].join("\n");
}

const STYLE = `<style>
  svg { --ground: #ffffff; --ink: #1c2430; --dim: #5b6675; --line: #e3e7ec; --wait: #c3cad4;
    --work: #3b7dd8; --hot: #c2570c; --bad: #c62828; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #12161c; --ink: #e6eaf0; --dim: #9aa6b5; --line: #262d37; --wait: #49535f;
      --work: #62a0f2; --hot: #f0883e; --bad: #f47067; } }
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
  .ground { fill: var(--ground); } .head { font-size: 20px; font-weight: 600; }
  .dim, .amount { fill: var(--dim); } .amount { font-size: 12px; font-variant-numeric: tabular-nums; }
  .grid { stroke: var(--line); } .wait { fill: var(--wait); } .work { fill: var(--work); }
  .hot { fill: var(--hot); } .bad { fill: var(--bad); } .name-hot { fill: var(--hot); font-weight: 600; }
  .link { fill: none; stroke: var(--hot); stroke-width: 1.5; stroke-dasharray: 3 3; }
</style>`;

const LEGEND = [
  ["wait", "waits"],
  ["work", "starts"],
  ["hot", "starts, on the critical path"],
]
  .map(([kind, says], index) => {
    const at = 560 + [0, 84, 168][index]!;
    return (
      `<rect class="${kind}" x="${at}" y="24" width="12" height="12" rx="3"/>` +
      `<text class="amount" x="${at + 18}" y="34">${says}</text>`
    );
  })
  .join("\n");

type Scale = {
  readonly x: (ms: number) => number;
  readonly endMs: number;
  readonly left: number;
  readonly y: number;
};

function row(bar: Bar, { x, endMs, left, y }: Scale): string {
  const { module, waitingMs, startingMs, readyMs, critical } = bar;
  const from = x(waitingMs ?? startingMs ?? 0);
  const start = startingMs === null ? x(endMs) : x(startingMs);
  const end = x(readyMs ?? endMs);
  const kind = readyMs === null ? "bad" : critical ? "hot" : "work";
  const box = (name: string, at: number, width: number): string =>
    `<rect class="${name}" x="${at}" y="${y + 6}" width="${round(width)}" height="14" rx="3"/>`;
  const shown = module.length > NAME_MAX ? `${module.slice(0, NAME_MAX - 1)}…` : module;
  const nameClass = critical ? ' class="name-hot"' : "";
  return [
    `<g><title>${escaped(tellBar(bar))}</title>`,
    `<text${nameClass} x="${left - 12}" y="${y + 17}" text-anchor="end">${escaped(shown)}</text>`,
    ...(start - from > 0.5 ? [box("wait", from, start - from)] : []),
    ...(startingMs === null ? [] : [box(kind, start, Math.max(2, end - start))]),
    `<text class="amount" x="${WIDTH - RIGHT + 12}" y="${y + 17}">${escaped(amounts(bar))}</text>`,
    "</g>",
  ].join("\n");
}

function amounts(bar: Bar): string {
  const { tookMs, share, attempts } = bar;
  const took = tookMs === null ? insteadOfTime(bar) : duration(tookMs);
  const tries = attempts > 1 ? `, ${attempts} tries` : "";
  return `${took}${share === null ? "" : ` · ${Math.round(share * 100)}%`}${tries}`;
}

function tellBar(bar: Bar): string {
  const { module, waitedMs, tookMs, after, attempts } = bar;
  const waited = waitedMs === null ? "" : ` waited ${duration(waitedMs)}`;
  const behind = after === null ? "" : ` for ${after}`;
  const took = tookMs === null ? `, ${insteadOfTime(bar)}` : `, started in ${duration(tookMs)}`;
  return `${module}:${waited}${behind}${took}${attempts > 1 ? `, ${attempts} attempts` : ""}`;
}

/** From the end of what was waited for down (or up) to the start of what waited for it. */
function links({ criticalPath, bars }: Waterfall, x: (ms: number) => number): string[] {
  const rowOf = (id: string): number => bars.findIndex(({ module }) => module === id);
  return criticalPath.slice(1).flatMap(({ module }, index) => {
    const before = criticalPath[index];
    const to = bars[rowOf(module)];
    if (before === undefined || to?.startingMs == null) return [];
    const fromY = TOP + rowOf(before.module) * ROW + 20;
    const toY = TOP + rowOf(module) * ROW + 6;
    return [
      `<path class="link" d="M${x(before.toMs)} ${fromY}V${toY - 3}H${x(to.startingMs)}V${toY}"/>`,
    ];
  });
}

function tick(ms: number, at: number, bottom: number): string {
  return (
    `<path class="grid" d="M${at} ${TOP - 8}V${bottom}"/>` +
    `<text class="amount" x="${at}" y="${TOP - 14}" text-anchor="middle">${duration(ms)}</text>`
  );
}

/** Round numbers, about as many as TICKS. */
function ticks(endMs: number): number[] {
  const rough = endMs / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const all: number[] = [];
  for (let ms = 0; ms <= endMs; ms += step) all.push(ms);
  return all;
}

const WORDS = { up: "up", failed: "failed", unfinished: "not up yet" } as const;

const underline = ({ outcome, durationMs, startedAt, bars }: Waterfall): string =>
  `${WORDS[outcome]}${durationMs === null ? "" : ` after ${duration(durationMs)}`} · ` +
  `${bars.length} modules · ${startedAt}`;

const summary = (name: string, waterfall: Waterfall): string =>
  `${name} was ${underline(waterfall)}. ${pathWords(waterfall)}`;

function pathWords({ criticalPath }: Waterfall): string {
  if (criticalPath.length === 0) return "";
  const steps = criticalPath.map(
    ({ module, fromMs, toMs }) => `${module} ${duration(toMs - fromMs)}`,
  );
  return `Critical path: ${steps.join(" → ")}`;
}

function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < letters) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return text === "" ? [] : lines;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
