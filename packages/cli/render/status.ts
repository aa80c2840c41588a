// status.ts: the status table, and below it why anything is not fine and what comes next. Pure.
import type { ModuleStatus, SystemStatusReport } from "@skelly-jelly/contract";
import { counted, duration, percent, size } from "./amounts.ts";
import { type Look, paintHealth, paintState, paintSystem, sign, systemSign } from "./state.ts";
import { type Column, table } from "./table.ts";
import { harmless, widthOf, wrap } from "./width.ts";

const COLUMNS: readonly Column[] = [
  { title: "MODULE" },
  { title: "STATE" },
  { title: "HEALTH" },
  { title: "UPTIME", align: "right" },
  { title: "RESTARTS", align: "right" },
  { title: "PID", align: "right" },
  { title: "CPU", align: "right" },
  { title: "MEM", align: "right" },
];

export function renderStatus(report: SystemStatusReport, nowMs: number, look: Look): string[] {
  const notes = report.modules.flatMap((module) => moduleNotes(module, nowMs, look));
  return [
    ...systemLines(report, look),
    "",
    ...moduleTable(report.modules, nowMs, look),
    ...(notes.length === 0 ? [] : ["", ...notes]),
  ];
}

/** Name, status, uptime; then the reasons, one a line. */
export function systemLines(report: SystemStatusReport, look: Look): string[] {
  const { paint, symbols } = look;
  const { adopted, journal } = report.orchestrator;
  const facts = [
    `up ${duration(report.uptimeMs)}`,
    counted(report.modules.filter(({ hidden }) => !hidden).length, "module"),
    ...(adopted > 0 ? [`${adopted} adopted`] : []),
    ...(journal === "available" ? [] : [`journal: ${harmless(journal, false)}`]),
  ];
  return [
    `${systemSign(report.status, look)} ${paint.bold(report.system)}  ` +
      `${paintSystem(report.status, look)}  ${paint.dim(facts.join(` ${symbols.dot} `))}`,
    ...report.reasons.flatMap((reason) =>
      indented(`  ${symbols.branch} `, harmless(reason, false), look),
    ),
  ];
}

export function moduleTable(modules: readonly ModuleStatus[], nowMs: number, look: Look): string[] {
  const unknown = look.symbols.dash;
  const rows = modules.map((module) => {
    const lives = module.state === "running" || module.state === "paused";
    return [
      `${sign(module, look)} ${module.id}`,
      withLevel(module, look),
      hasHealth(module) ? paintHealth(module.health, look) : look.paint.dim(unknown),
      lives ? duration(nowMs - Date.parse(module.since)) : unknown,
      module.restarts === 0 ? "0" : look.paint.yellow(String(module.restarts)),
      module.pid === null ? unknown : String(module.pid),
      percent(module.usage.cpuPercent, unknown),
      size(module.usage.memoryBytes, unknown),
    ];
  });
  return table(COLUMNS, rows, {
    width: look.width,
    ellipsis: look.symbols.ellipsis,
    title: look.paint.dim,
  });
}

/** "running", or "running (reduced)" when it offers less than the whole of itself. */
function withLevel(module: ModuleStatus, look: Look): string {
  const state = paintState(module.state, look);
  const reduced = module.level !== "full" && module.level !== "";
  return reduced ? `${state} ${look.paint.yellow(`(${module.level})`)}` : state;
}

const hasHealth = ({ state }: ModuleStatus): boolean =>
  state === "running" || state === "paused" || state === "starting";

/** Why it is not fine, and what next. Nothing when it is fine. */
export function moduleNotes(module: ModuleStatus, nowMs: number, look: Look): string[] {
  const says = whatIsWrong(module, nowMs).map((text) => harmless(text, false));
  return says.flatMap((text, index) => {
    const lead = index === 0 ? `${sign(module, look)} ${module.id}: ` : "  ";
    return indented(lead, text, look);
  });
}

function whatIsWrong(module: ModuleStatus, nowMs: number): string[] {
  const says: string[] = [];
  const { state, failure, waitingFor, blockedBy } = module;
  if (failure !== null && state !== "running") says.push(failure.message);
  if (state === "waiting" && blockedBy === null && waitingFor.length > 0) {
    says.push(`waiting for ${waitingFor.join(", ")}`);
  }
  if (blockedBy !== null && failure === null) says.push(`blocked: '${blockedBy}' is down`);
  if (state === "paused" && waitingFor.length > 0) says.push(`paused: ${waitingFor.join(", ")}`);
  if (module.nextAttemptAt !== null) {
    says.push(`next attempt in ${duration(Date.parse(module.nextAttemptAt) - nowMs)}`);
  }
  const stopped = module.stopReason;
  if (stopped?.kind === "dependency") says.push(`stopped because '${stopped.module}' went down`);
  if (stopped?.kind === "error") says.push(`stopped: ${stopped.message}`);
  if (state === "running" || state === "paused") {
    says.push(...module.issues.map(({ severity, message }) => `${severity}: ${message}`));
  }
  return says;
}

/** `text` behind `lead`, wrapped; what follows the first line stands under its beginning. */
function indented(lead: string, text: string, look: Look): string[] {
  if (look.width === Number.POSITIVE_INFINITY) return [lead + text];
  const hang = "    ";
  const room = Math.max(20, look.width - Math.max(widthOf(lead), hang.length));
  return wrap(text, room).map((line, index) => (index === 0 ? lead : hang) + line);
}
