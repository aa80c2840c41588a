// health.ts: health with its numbers, each with the unit that its name ends in. Pure.
import type { ModuleStatus, SystemStatusReport } from "@skelly-jelly/contract";
import { duration, percent, size } from "./amounts.ts";
import { type Look, paintHealth, paintState, sign } from "./state.ts";
import { systemLines } from "./status.ts";
import { table } from "./table.ts";
import { harmless } from "./width.ts";

export function renderHealth(
  report: SystemStatusReport,
  withSystem: boolean,
  look: Look,
): string[] {
  const unknown = look.symbols.dash;
  const rows = report.modules.map((module) => [
    `${sign(module, look)} ${module.id}`,
    paintState(module.state, look),
    paintHealth(module.health, look),
    percent(module.usage.cpuPercent, unknown),
    size(module.usage.memoryBytes, unknown),
    String(module.usage.fileHandles ?? unknown),
    String(module.usage.threads ?? unknown),
    numbers(module) || look.paint.dim(unknown),
  ]);
  const columns = [
    { title: "MODULE" },
    { title: "STATE" },
    { title: "HEALTH" },
    { title: "CPU", align: "right" as const },
    { title: "MEM", align: "right" as const },
    { title: "FILES", align: "right" as const },
    { title: "THREADS", align: "right" as const },
    { title: "NUMBERS" },
  ];
  const { width, symbols, paint } = look;
  const issues = report.modules.flatMap((module) => issueLines(module, look));
  return [
    ...(withSystem ? [...systemLines(report, look), ""] : []),
    ...table(columns, rows, { width, ellipsis: symbols.ellipsis, title: paint.dim }),
    ...(issues.length === 0 ? [] : ["", ...issues]),
  ];
}

function issueLines(module: ModuleStatus, look: Look): string[] {
  const says = module.issues.map(({ severity, message }) => `${severity}: ${message}`);
  const { failure, state } = module;
  if (failure !== null)
    says.unshift(`${state === "running" ? "last failure: " : ""}${failure.message}`);
  return says.map((text) => `${sign(module, look)} ${module.id}: ${harmless(text, false)}`);
}

const numbers = ({ metrics }: ModuleStatus): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${numberText(name, value)}`)
    .join("  ");

/** `responseTimeMs 1200` reads `1.2s`, `queueBytes` as a size, anything else as it is. */
function numberText(name: string, value: number): string {
  if (name.endsWith("Ms")) return duration(value);
  if (name.endsWith("Bytes")) return size(value, "");
  if (name.endsWith("Percent")) return percent(value, "");
  return String(Math.round(value * 1000) / 1000);
}
