// metrics.ts: every number of the system for Prometheus: state from the status, latencies from what was journaled.
import type {
  HealthStatus,
  LifecycleState,
  ModuleStatus,
  SystemEvent,
  SystemStatus,
  SystemStatusReport,
} from "@skelly-jelly/contract";
import { type Family, familyText, histogram, type Labels } from "./prometheus-text.ts";

const STATES: readonly LifecycleState[] = [
  "not-started",
  "waiting",
  "starting",
  "running",
  "paused",
  "backing-off",
  "stopping",
  "stopped",
  "completed",
  "failed",
];
const HEALTH: readonly HealthStatus[] = ["unknown", "healthy", "degraded", "unhealthy"];
const SYSTEM: readonly SystemStatus[] = [
  "starting",
  "healthy",
  "degraded",
  "critical",
  "stopping",
  "stopped",
];
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export type Metrics = {
  take(event: SystemEvent): void;
  request(): void;
  streamCut(): void;
  /** `null`: the orchestrator is away; what is known without it is told. */
  text(report: SystemStatusReport | null): string;
};

export function createMetrics(nowMs: () => number = Date.now): Metrics {
  const starts = histogram(
    "skelly_module_start_seconds",
    "Time from spawn to ready, of each start that came to it.",
    SECONDS,
  );
  const recoveries = histogram(
    "skelly_module_recovery_seconds",
    "Time from a failure to the module running again.",
    SECONDS,
  );
  const counts = new Map<string, number>();
  const startedAt = new Map<string, number>();
  const failedAt = new Map<string, number>();
  const beganMs = nowMs();
  let requests = 0;
  let cuts = 0;

  return {
    take(event) {
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
      if (event.type !== "module-state-changed") return;
      const { module, from, to, timeMs, failure } = event;
      const labels = labelsOf(module);
      if (failure !== null && to !== "running" && !failedAt.has(module)) {
        failedAt.set(module, timeMs);
      }
      if (to === "starting") startedAt.set(module, timeMs);
      if (to === "running" && from === "starting") {
        const began = startedAt.get(module);
        if (began !== undefined) starts.observe(labels, Math.max(0, timeMs - began) / 1000);
        const failed = failedAt.get(module);
        if (failed !== undefined) recoveries.observe(labels, Math.max(0, timeMs - failed) / 1000);
        failedAt.delete(module);
      }
      // Somebody stopped it: what comes later is no recovery.
      if (to === "stopped") failedAt.delete(module);
    },
    request() {
      requests += 1;
    },
    streamCut() {
      cuts += 1;
    },
    text(report) {
      const own: Family[] = [
        gauge("skelly_up", "1 when the orchestrator answers.", report === null ? 0 : 1),
        gauge(
          "skelly_gateway_uptime_seconds",
          "Since the gateway started.",
          (nowMs() - beganMs) / 1000,
        ),
        gauge(
          "skelly_gateway_resident_memory_bytes",
          "Resident memory of the gateway.",
          process.memoryUsage.rss(),
        ),
        counter("skelly_gateway_requests_total", "Requests answered by a route.", [[{}, requests]]),
        counter("skelly_gateway_streams_cut_total", "Streams whose reader was too slow.", [
          [{}, cuts],
        ]),
        counter(
          "skelly_events_total",
          "Events, by type.",
          [...counts].map(([type, count]) => [{ type }, count]),
        ),
      ];
      const families = report === null ? own : [...own, ...ofSystem(report), ...ofModules(report)];
      return families.map(familyText).join("") + starts.text() + recoveries.text();
    },
  };
}

function ofSystem({ system, status, uptimeMs, orchestrator }: SystemStatusReport): Family[] {
  const { version, rssBytes, cpuPercent, adopted, journal } = orchestrator;
  return [
    gauge("skelly_system_info", "What runs; always 1.", 1, { system, version }),
    oneHot("skelly_system_status", "1 for the status the system has.", "status", SYSTEM, [
      [{}, status],
    ]),
    gauge("skelly_system_uptime_seconds", "Since the system was started.", uptimeMs / 1000),
    gauge(
      "skelly_orchestrator_resident_memory_bytes",
      "Resident memory of the orchestrator.",
      rssBytes,
    ),
    ...(cpuPercent === null
      ? []
      : [
          gauge(
            "skelly_orchestrator_cpu_ratio",
            "Processor time of the orchestrator; 1 is one core.",
            cpuPercent / 100,
          ),
        ]),
    gauge(
      "skelly_orchestrator_adopted_modules",
      "Modules taken over from an earlier orchestrator.",
      adopted,
    ),
    gauge(
      "skelly_journal_available",
      "1 when what happens is written down.",
      journal.startsWith("available") ? 1 : 0,
    ),
  ];
}

function ofModules({ modules }: SystemStatusReport): Family[] {
  const each = (
    name: string,
    help: string,
    value: (module: ModuleStatus) => number | null,
    type: "gauge" | "counter" = "gauge",
  ): Family => ({
    name,
    help,
    type,
    samples: modules.flatMap((module) => {
      const number = value(module);
      return number === null ? [] : [[labelsOf(module.id), number] as const];
    }),
  });
  return [
    {
      name: "skelly_module_info",
      help: "What the module is; always 1.",
      type: "gauge",
      samples: modules.map(({ id, runner, required, enforcement, level }) => [
        { ...labelsOf(id), runner, required: String(required), enforcement, level },
        1,
      ]),
    },
    oneHot(
      "skelly_module_state",
      "1 for the lifecycle state the module is in.",
      "state",
      STATES,
      modules.map(({ id, state }) => [labelsOf(id), state]),
    ),
    oneHot(
      "skelly_module_health",
      "1 for the health the module has.",
      "health",
      HEALTH,
      modules.map(({ id, health }) => [labelsOf(id), health]),
    ),
    each("skelly_module_desired_up", "1 when the module is wanted up.", ({ desired }) =>
      desired === "up" ? 1 : 0,
    ),
    each("skelly_module_restarts_total", "Restarts.", ({ restarts }) => restarts, "counter"),
    each(
      "skelly_module_incarnation",
      "Number of the present life.",
      (module) => module.incarnation,
    ),
    each(
      "skelly_module_config_version",
      "Configuration in force.",
      (module) => module.configVersion,
    ),
    each("skelly_module_ready_seconds", "From spawn to ready, the last time.", ({ readyMs }) =>
      readyMs === null ? null : readyMs / 1000,
    ),
    each("skelly_module_cpu_ratio", "Processor time; 1 is one core.", ({ usage }) =>
      usage.cpuPercent === null ? null : usage.cpuPercent / 100,
    ),
    each(
      "skelly_module_resident_memory_bytes",
      "Resident memory of the whole tree.",
      ({ usage }) => usage.memoryBytes,
    ),
    each("skelly_module_open_files", "Open file handles.", ({ usage }) => usage.fileHandles),
    each("skelly_module_threads", "Threads.", ({ usage }) => usage.threads),
    {
      name: "skelly_module_health_number",
      help: "What the module reports of itself; the unit is in the name.",
      type: "gauge",
      samples: modules.flatMap(({ id, metrics }) =>
        Object.entries(metrics).map(([name, value]) => [{ ...labelsOf(id), name }, value] as const),
      ),
    },
  ];
}

/** `api#2` is module `api`, replica `2`. */
function labelsOf(instance: string): Labels {
  const [module = instance, replica] = instance.split("#");
  return { module, replica: replica ?? "1" };
}

const gauge = (name: string, help: string, value: number, labels: Labels = {}): Family => ({
  name,
  help,
  type: "gauge",
  samples: [[labels, value]],
});

const counter = (name: string, help: string, samples: Family["samples"]): Family => ({
  name,
  help,
  type: "counter",
  samples,
});

const oneHot = (
  name: string,
  help: string,
  label: string,
  values: readonly string[],
  now: readonly (readonly [Labels, string])[],
): Family => ({
  name,
  help,
  type: "gauge",
  samples: now.flatMap(([labels, present]) =>
    values.map((value) => [{ ...labels, [label]: value }, value === present ? 1 : 0] as const),
  ),
});
