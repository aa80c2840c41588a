// stopped.ts: the end of a stop: how many, what had to be killed, what is left. Pure.
import { counted } from "./amounts.ts";
import type { Look } from "./state.ts";

/** The daemon's last word on `down`. */
export type StopReport = {
  readonly stopped: number;
  /** Modules that did not stop in time. */
  readonly killed: readonly string[];
  /** Processes that even SIGKILL did not end. */
  readonly left: readonly { readonly module: string; readonly pids: readonly number[] }[];
};

/** `forced`: the user did not want to wait; then nobody failed to stop in time. */
export function renderStopped(
  system: string,
  report: StopReport,
  look: Look,
  { forced = false }: { readonly forced?: boolean } = {},
): string[] {
  const { paint, symbols } = look;
  const clean = report.left.length === 0;
  const head = clean ? paint.green(symbols.ok) : paint.red(symbols.bad);
  return [
    `${head} ${paint.bold(system)} is down: ${counted(report.stopped, "module")} stopped`,
    ...(forced && report.killed.length > 0
      ? [`  ${paint.yellow(symbols.warning)} killed as you asked: ${report.killed.join(", ")}`]
      : []),
    ...(forced ? [] : report.killed).map(
      (id) =>
        `  ${paint.yellow(symbols.warning)} ${id} did not stop in time and was killed ` +
        "(raise its stop.timeout if it needs longer)",
    ),
    ...report.left.map(
      ({ module, pids }) =>
        `  ${paint.red(symbols.bad)} ${module} left ${pids.join(", ")}: even SIGKILL did not end ` +
        "them (see /proc/PID/stack)",
    ),
  ];
}
