// health.ts: `skelly health [module]`: how well it does, its numbers, and what speaks against it.
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { type Context, findPlace, withClient } from "../context.ts";
import { EXIT, usageError } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { didYouMean } from "../nearest.ts";
import { renderHealth } from "../render/health.ts";
import { askStatus } from "./status.ts";

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  const [wanted, ...more] = args.words;
  if (more.length > 0) throw usageError("`skelly health` takes one module, or none.");
  const report = await withClient(findPlace(context), (client) => askStatus(client, true));
  const modules =
    wanted === undefined ? report.modules.filter(({ hidden }) => !hidden) : pick(report, wanted);
  const unwell =
    wanted === undefined
      ? report.status === "critical"
      : modules.some(({ state, health }) => state === "failed" || health === "unhealthy");
  if (args.has("json")) {
    const { system, status, reasons } = report;
    const answer = modules.map(({ id, state, health, issues, level, metrics, usage, failure }) => ({
      id,
      state,
      health,
      issues,
      level,
      metrics,
      usage,
      failure,
    }));
    terminal.print(JSON.stringify({ system, status, reasons, modules: answer }));
  } else {
    const shown = { ...report, modules };
    for (const line of renderHealth(shown, wanted === undefined, lookOf(terminal))) {
      terminal.print(line);
    }
  }
  return unwell ? EXIT.failed : EXIT.done;
}

function pick(report: SystemStatusReport, wanted: string): SystemStatusReport["modules"] {
  const found = report.modules.filter(({ id }) => id === wanted || id.startsWith(`${wanted}#`));
  if (found.length > 0) return found;
  const ids = report.modules.map(({ id }) => id);
  throw usageError(
    `There is no module '${wanted}' in ${report.system}.${didYouMean(wanted, ids)}`,
    `Modules: ${report.modules
      .filter(({ hidden }) => !hidden)
      .map(({ id }) => id)
      .join(", ")}`,
  );
}
