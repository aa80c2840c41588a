// resolve-probe.ts: from the short forms of `ready` and `liveness` to a probe with everything
// filled in.
import type { OrchestratorSettings, Probe, ProbeKind } from "../descriptor.ts";
import { durationMs } from "../units.ts";
import type { HttpConfig, LivenessConfig, ReadyConfig, TcpConfig } from "./system-config.ts";

/** Dependents wait for this answer, so it is asked often. */
const READY_INTERVAL_MS = 1000;

export type Asked = {
  readonly probe: false | ReadyConfig | LivenessConfig | undefined;
  /** Modules with an `entry` answer for themselves. */
  readonly answersItself: boolean;
  readonly settings: OrchestratorSettings;
};

export function readyProbe(asked: Asked): Probe | null {
  return probeOf(asked, READY_INTERVAL_MS);
}

export function livenessProbe(asked: Asked): Probe | null {
  return probeOf(asked, asked.settings.healthCheckIntervalMs);
}

function probeOf({ probe, answersItself, settings }: Asked, intervalMs: number): Probe | null {
  if (probe === false) return null;
  const ask = probe === undefined ? null : askOf(probe);
  if (ask === null && !answersItself) return null;
  return {
    ask: ask ?? { kind: "module" },
    intervalMs: durationMs(
      probe?.interval ?? (ask === null ? settings.healthCheckIntervalMs : intervalMs),
    ) as number,
    timeoutMs: durationMs(probe?.timeout ?? settings.healthCheckTimeoutMs) as number,
    threshold: probe?.threshold ?? settings.unhealthyThreshold,
    successThreshold: probe?.successThreshold ?? 1,
  };
}

/** `null` when the probe names nothing to ask: the check has said so. */
function askOf(probe: ReadyConfig): ProbeKind | null {
  if (probe.http !== undefined) return httpOf(probe.http);
  if (probe.tcp !== undefined) return tcpOf(probe.tcp);
  if (probe.exec !== undefined) {
    const argv =
      typeof probe.exec === "string" ? ["/bin/sh", "-c", probe.exec] : probe.exec.map(String);
    return { kind: "exec", argv };
  }
  if (probe.log !== undefined) return { kind: "log", pattern: probe.log };
  if (probe.notifyFd !== undefined) return { kind: "notify-fd", fd: probe.notifyFd };
  return null;
}

function httpOf(http: string | HttpConfig): ProbeKind {
  if (typeof http === "string") return { kind: "http", url: http, status: [200, 399] };
  const { url, status = [200, 399] } = http;
  return {
    kind: "http",
    url,
    status: typeof status === "number" ? [status, status] : [status[0], status[1]],
  };
}

function tcpOf(tcp: number | string | TcpConfig): ProbeKind {
  if (typeof tcp === "number") return { kind: "tcp", host: "127.0.0.1", port: tcp };
  if (typeof tcp !== "string")
    return { kind: "tcp", host: tcp.host ?? "127.0.0.1", port: tcp.port };
  const colon = tcp.lastIndexOf(":");
  const host = tcp.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { kind: "tcp", host, port: Number(tcp.slice(colon + 1)) };
}
