// why.ts: an explanation for people: the answer, then the chain in the order of time, then what to do. Pure.
import type { Explanation, Link } from "../why/explanation.ts";
import { clockTime } from "./amounts.ts";
import type { Look } from "./state.ts";
import { harmless, padEnd, widthOf, wrap } from "./width.ts";

/** A line of text is not made longer than this, however wide the terminal. */
const WIDTH_MAX = 110;

export function renderWhy({ sentence, chain, next }: Explanation, look: Look): string[] {
  const { paint } = look;
  const width = Math.min(look.width, WIDTH_MAX);
  const names = Math.max(0, ...chain.map(({ module }) => widthOf(module ?? "")));
  const days = new Set(chain.map((link) => dayOf(link)).filter((day) => day !== ""));
  const lines = chain.map((link, index) => {
    const time = link.timeMs === null ? "" : clockTime(link.timeMs);
    const day = days.size > 1 ? `${padEnd(dayOf(link), 10)} ` : "";
    const who = link.module ?? look.symbols.dot;
    const lead = `${paint.dim(`${day}${padEnd(time, 12)}`)}  ${paint.bold(padEnd(who, names))}  `;
    const said = harmless(link.fact, false);
    const before = chain[index - 1];
    // What the line above has just said need not be said again.
    const told = link.because === null || before?.fact === link.because;
    const because = told ? "" : `, because ${harmless(link.because ?? "", false)}`;
    return hanging(lead, `${said}${because}`, width);
  });
  return [
    ...wrap(harmless(sentence, false), width).map((line) => paint.bold(line)),
    ...(lines.length === 0 ? [] : ["", ...lines.flat()]),
    ...(next.length === 0 ? [] : ["", ...next.map((step) => `${look.symbols.arrow} ${step}`)]),
  ];
}

function hanging(lead: string, text: string, width: number): string[] {
  const indent = widthOf(lead);
  const [first = "", ...rest] = wrap(text, Math.max(20, width - indent));
  return [`${lead}${first}`, ...rest.map((line) => `${" ".repeat(indent)}${line}`)];
}

function dayOf({ timeMs }: Link): string {
  if (timeMs === null) return "";
  const date = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
