// doctor.ts: what the doctor found, one line each, and below it what it means and what to do. Pure.
import type { Check, Verdict } from "../doctor/check.ts";
import { counted } from "./amounts.ts";
import type { Look } from "./state.ts";
import { harmless, padEnd, widthOf, wrap } from "./width.ts";

const TITLES: Readonly<Record<Check["group"], string>> = {
  runtime: "Runtime",
  machine: "Machine",
  limits: "Limits",
  state: "State",
  system: "System",
};
const WIDTH_MAX = 110;

export function renderDoctor(checks: readonly Check[], look: Look): string[] {
  const { paint } = look;
  const names = Math.max(0, ...checks.map(({ name }) => widthOf(name)));
  const groups = Object.entries(TITLES).flatMap(([group, title]) => {
    const own = checks.filter((check) => check.group === group);
    if (own.length === 0) return [];
    return [paint.bold(title), ...own.flatMap((check) => checkLines(check, names, look)), ""];
  });
  return [...groups, summary(checks, look)];
}

function checkLines(check: Check, names: number, look: Look): string[] {
  const { verdict, name, found, means, todo } = check;
  const lead = `  ${mark(verdict, look)} ${padEnd(name, names)}  `;
  const indent = " ".repeat(widthOf(lead));
  const width = Math.min(look.width, WIDTH_MAX) - indent.length;
  const said = harmless(found, false);
  const more = [
    ...(means === null ? [] : [look.paint.dim(harmless(means, false))]),
    ...(todo === null ? [] : [`${look.symbols.arrow} ${harmless(todo, false)}`]),
  ].flatMap((text) => wrap(text, Math.max(20, width)));
  if (verdict === "ok" && means !== null && widthOf(said) + widthOf(means) + 4 <= width) {
    return [`${lead}${said}  ${look.paint.dim(harmless(means, false))}`];
  }
  return [`${lead}${said}`, ...more.map((line) => `${indent}${line}`)];
}

function mark(verdict: Verdict, { paint, symbols }: Look): string {
  if (verdict === "ok") return paint.green(symbols.ok);
  return verdict === "warn" ? paint.yellow(symbols.warning) : paint.red(symbols.bad);
}

function summary(checks: readonly Check[], { paint }: Look): string {
  const count = (verdict: Verdict): number =>
    checks.filter((check) => check.verdict === verdict).length;
  const [lacking, warned] = [count("missing"), count("warn")];
  if (lacking > 0) {
    return paint.red(
      `${counted(lacking, "thing")} missing that ${lacking === 1 ? "is" : "are"} needed.`,
    );
  }
  if (warned > 0) return `All that is needed is here; ${counted(warned, "thing")} could be better.`;
  return paint.green("All is well.");
}
