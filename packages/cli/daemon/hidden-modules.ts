// hidden-modules.ts: the modules that Skelly adds to a system: a hub if one is joined, hosts for worker threads.
import {
  type Edge,
  type ModuleDescriptor,
  OWN_HUB,
  type SystemDescriptor,
} from "@skelly-jelly/contract";
import type { DaemonStart } from "../start-daemon.ts";

export const HUB_ID = "skelly:bus";
export const GATEWAY_ID = "skelly:gateway";
/** Required and optional modules do not share a host: a failing optional one takes no required one along. */
export const HOSTS = {
  worker: { required: "skelly:workers", optional: "skelly:workers-optional" },
  "in-process": { required: "skelly:in-process", optional: "skelly:in-process-optional" },
} as const;

export type Programs = Pick<DaemonStart, "files" | "nodePath">;

/** The host that a module runs in; null when it is a process of its own. */
export function hostOf({ runner, required }: ModuleDescriptor): string | null {
  return runner === "process" ? null : HOSTS[runner][required ? "required" : "optional"];
}

/** The module that is the hub: the user's, or ours; null when nobody joins the bus. */
export function hubOf({ modules }: SystemDescriptor): string | null {
  const declared = modules.find(({ hub }) => hub);
  if (declared !== undefined) return declared.id;
  return modules.some(({ bus }) => bus !== null) ? HUB_ID : null;
}

/** `port`: where it listens on loopback; `null` leaves the choice to it. */
export type GatewayWish = { readonly port: number | null };

/** The system with what it needs of ours, each only when something needs it, or somebody asked for it. */
export function withHiddenModules(
  system: SystemDescriptor,
  programs: Programs,
  gateway: GatewayWish | null = null,
): SystemDescriptor {
  const hub = hubOf(system);
  const hosts = new Set(system.modules.map(hostOf).filter((host) => host !== null));
  const hidden: ModuleDescriptor[] = [...hosts].map((id) =>
    ours(id, system, [programs.nodePath, programs.files.workerHost], !id.endsWith("-optional")),
  );
  if (hub === HUB_ID) {
    hidden.unshift({ ...ours(HUB_ID, system, hubCommand(programs), true), hub: true });
  }
  if (gateway !== null) {
    const port = gateway.port === null ? [] : ["--port", String(gateway.port)];
    const argv = [programs.nodePath, ...GATEWAY_FLAGS, programs.files.gateway, ...port];
    hidden.push(ours(GATEWAY_ID, system, argv, false));
  }
  const modules = system.modules.map((module) => {
    const host = hostOf(module);
    const edges: Edge[] = [];
    if (host !== null) edges.push(edgeTo(host, "started"));
    // It reconnects by itself; only its start waits.
    if (module.bus !== null && hub !== null && hub !== module.id)
      edges.push(edgeTo(hub, "healthy"));
    const known = new Set(module.dependsOn.map(({ on }) => on));
    const dependsOn = [...module.dependsOn, ...edges.filter(({ on }) => !known.has(on))];
    const own = module.run.kind === "entry" && module.run.file === OWN_HUB;
    return own
      ? { ...module, dependsOn, run: { kind: "command", argv: hubCommand(programs) } as const }
      : { ...module, dependsOn };
  });
  return { ...system, modules: [...hidden, ...modules] };
}

/** Pages and metrics are small work: a small heap keeps it small. */
const GATEWAY_FLAGS = ["--max-semi-space-size=2", "--max-old-space-size=128"];

const hubCommand = ({ nodePath, files }: Programs): readonly string[] => [
  nodePath,
  files.hubModule,
];

const edgeTo = (on: string, condition: Edge["condition"]): Edge => ({
  on,
  condition,
  whenDown: "ignore",
  whenDegraded: "ignore",
});

function ours(
  id: string,
  { orchestrator, directory }: SystemDescriptor,
  argv: readonly string[],
  required: boolean,
): ModuleDescriptor {
  const own = {
    ask: { kind: "module" },
    intervalMs: orchestrator.healthCheckIntervalMs,
    timeoutMs: orchestrator.healthCheckTimeoutMs,
    threshold: orchestrator.unhealthyThreshold,
    successThreshold: 1,
  } as const;
  return {
    id,
    runner: "process",
    run: { kind: "command", argv },
    task: false,
    required,
    instances: 1,
    dependsOn: [],
    cwd: directory,
    env: {},
    user: null,
    umask: null,
    startupTimeoutMs: 10_000,
    stop: { signal: "SIGTERM", timeoutMs: 10_000 },
    ready: own,
    liveness: own,
    healthLimits: {},
    restart: "always",
    successExitCodes: [],
    autoRecovery: true,
    ladder: [
      { kind: "restart", attempts: 10, backoffMs: 500, backoffMaxMs: 10_000, windowMs: 60_000 },
      { kind: "manual" },
    ],
    stableAfterMs: 60_000,
    limits: {},
    config: {},
    logs: { maxSizeBytes: 1_000_000, keep: 2 },
    bus: null,
    hub: false,
  };
}
