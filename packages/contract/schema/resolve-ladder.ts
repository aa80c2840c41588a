// resolve-ladder.ts: from the ladder as written to rungs with every number filled in.
import type { OrchestratorSettings, Rung } from "../descriptor.ts";
import { durationMs } from "../units.ts";
import type { LadderConfig, RestartConfig, RungConfig } from "./system-config.ts";

const BACKOFF_MAX_MS = 60_000;
const WINDOW_MS = 300_000;
const SYSTEM_WINDOW_MS = 3_600_000;
const RETURN_AFTER_MS = 300_000;

/** The rungs in order; the last is always `manual`. */
export function resolveLadder(
  ladder: LadderConfig | undefined,
  settings: OrchestratorSettings,
): readonly Rung[] {
  const written = ladder ?? (settings.maxRecoveryAttempts > 0 ? ["restart"] : []);
  const rungs = written.flatMap((rung) => {
    const resolved = rungOf(typeof rung === "string" ? { [rung]: {} } : rung, settings);
    return resolved === null ? [] : [resolved];
  });
  const end = rungs.findIndex(({ kind }) => kind === "manual");
  return [...(end === -1 ? rungs : rungs.slice(0, end)), { kind: "manual" }];
}

function rungOf(rung: RungConfig, settings: OrchestratorSettings): Rung | null {
  if (rung.restart !== undefined) return restartRung("restart", rung.restart, settings);
  const reset = rung["restart-with-reset"];
  if (reset !== undefined) return restartRung("restart-with-reset", reset, settings);
  const degraded = rung["degraded-mode"];
  if (degraded?.level !== undefined) {
    const returnAfterMs = durationMs(degraded.returnAfter ?? RETURN_AFTER_MS) as number;
    return { kind: "degraded-mode", level: degraded.level, returnAfterMs };
  }
  const system = rung["system-restart"];
  if (system !== undefined) {
    const windowMs = durationMs(system.window ?? SYSTEM_WINDOW_MS) as number;
    return { kind: "system-restart", attempts: system.attempts ?? 1, windowMs };
  }
  return rung.manual === undefined ? null : { kind: "manual" };
}

function restartRung(
  kind: "restart" | "restart-with-reset",
  written: RestartConfig,
  settings: OrchestratorSettings,
): Rung {
  const usual = kind === "restart" ? Math.max(1, settings.maxRecoveryAttempts) : 1;
  const attempts = attemptsOf(written.attempts ?? usual);
  const backoffMs = durationMs(written.backoff ?? settings.recoveryBackoffMs) as number;
  const backoffMaxMs = durationMs(written.backoffMax ?? BACKOFF_MAX_MS) as number;
  // Whoever never escalates counts attempts for the backoff only.
  const delaysMs =
    attempts === UNLIMITED_ATTEMPTS ? 0 : longestDelaysMs(attempts, backoffMs, backoffMaxMs);
  const windowMs = durationMs(written.window ?? Math.max(WINDOW_MS, 2 * delaysMs)) as number;
  return { kind, attempts, backoffMs, backoffMaxMs, windowMs };
}

/** What `unlimited` is in a descriptor, which is plain JSON. */
export const UNLIMITED_ATTEMPTS = Number.MAX_SAFE_INTEGER;

/** No more attempts than this are remembered, so more can never be used up. */
const COUNTED_MAX = 1000;

const attemptsOf = (written: number | "unlimited"): number =>
  written === "unlimited" || written > COUNTED_MAX ? UNLIMITED_ATTEMPTS : written;

/** The sum of the delays before attempts 2 … n, each at its longest. */
export function longestDelaysMs(attempts: number, backoffMs: number, backoffMaxMs: number): number {
  let sum = 0;
  for (let attempt = 2; attempt <= attempts; attempt += 1) {
    sum += Math.min(backoffMaxMs, backoffMs * 2 ** (attempt - 2));
  }
  return sum;
}
