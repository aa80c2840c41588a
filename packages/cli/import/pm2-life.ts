// pm2-life.ts: how PM2 restarts and stops an app.
import { longestDelaysMs } from "@skelly-jelly/contract/internal";
import { durationText, pm2DurationMs } from "./amounts.ts";
import type { Group } from "./group.ts";
import { MANY_ATTEMPTS, restartLadder, type WritableModule } from "./imported.ts";
import type { Notes } from "./notes.ts";

/** PM2's defaults. */
const MAX_RESTARTS = 16;
const MIN_UPTIME_MS = 1000;
const KILL_TIMEOUT_MS = 1600;
/** Its growing delay grows to this, and begins again after that. */
const EXP_MAX_MS = 15_000;
const EXP_FORGIVES_MS = 30_000;
/** Our window, unless more is said. */
const WINDOW_MS = 300_000;

export function lifeOf(group: Group, notes: Notes, id: string): WritableModule {
  const note = (what: string, key: string, instead: string): void =>
    notes.add({ module: id, what, line: group.line(key), instead });
  if (group.flag("wait_ready") === true) {
    note(
      "wait_ready",
      "wait_ready",
      "There is no process.send here: write `ready: { http: URL }`, or `ready: { notifyFd: 3 }`.",
    );
  }
  if (group.flag("shutdown_with_message") === true) {
    note(
      "shutdown_with_message",
      "shutdown_with_message",
      "There is no message here: listen to the signal in `stop`.",
    );
  }
  const listenMs = msAt(group, "listen_timeout");
  return {
    ...restartOf(group, note),
    ...(listenMs !== null && listenMs > 0 && { startupTimeout: durationText(listenMs) }),
    stop: {
      signal: "SIGINT",
      timeout: durationText(msAt(group, "kill_timeout") ?? KILL_TIMEOUT_MS),
    },
  };
}

function msAt(group: Group, key: string): number | null {
  const text = group.text(key);
  if (text === null) return null;
  const ms = pm2DurationMs(text);
  if (ms === null) throw group.wrong(key, 'milliseconds, or a time such as "10s"');
  return ms;
}

function restartOf(
  group: Group,
  note: (what: string, key: string, instead: string) => void,
): WritableModule {
  const codes = (group.texts("stop_exit_codes") ?? []).map(Number);
  if (codes.some((code) => !Number.isInteger(code) || code < 0 || code > 255)) {
    throw group.wrong("stop_exit_codes", "exit codes from 0 to 255");
  }
  const attempts = group.whole("max_restarts") ?? MAX_RESTARTS;
  const uptimeMs = msAt(group, "min_uptime") ?? MIN_UPTIME_MS;
  const delayMs = msAt(group, "restart_delay") ?? 0;
  const growingMs = msAt(group, "exp_backoff_restart_delay") ?? 0;
  if (group.flag("autorestart") === false) return { restart: "never" };
  if (delayMs > 0 && growingMs === 0) {
    note(
      "restart_delay as a fixed delay",
      "restart_delay",
      "The first restart is at once, later ones come after a random time up to it.",
    );
  }
  const backoffMs = growingMs > 0 ? growingMs : delayMs;
  const backoffMaxMs = growingMs > 0 ? Math.max(EXP_MAX_MS, growingMs) : delayMs;
  const stableMs = growingMs > 0 ? Math.max(EXP_FORGIVES_MS, uptimeMs) : uptimeMs;
  const tries = Math.min(attempts, MANY_ATTEMPTS);
  const ladder = restartLadder(tries, durationText(backoffMs), durationText(backoffMaxMs));
  // A try takes its delay and up to min_uptime; all of them must fit into the window.
  const neededMs =
    tries >= MANY_ATTEMPTS
      ? 0
      : 2 * (longestDelaysMs(tries, backoffMs, backoffMaxMs) + tries * stableMs);
  const [rung] = ladder;
  const windowed =
    neededMs > WINDOW_MS && typeof rung === "object" && rung.restart !== undefined
      ? [
          {
            restart: {
              ...rung.restart,
              window: durationText(Math.ceil(neededMs / 60_000) * 60_000),
            },
          },
        ]
      : ladder;
  return {
    ...(codes.length > 0
      ? { restart: "on-failure", successExitCodes: codes }
      : { restart: "always" }),
    recovery: { ladder: windowed },
    stableAfter: durationText(stableMs),
  };
}
