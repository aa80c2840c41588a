// probes.ts: routes for machines that watch: /livez, /readyz, /startupz, /metrics, /openapi.json.
import type { HealthStatus, SystemStatusReport } from "@skelly-jelly/contract";
import { unauthorized } from "../access.ts";
import type { Asked, Reply, Route, Use } from "../route.ts";

type Verdict = { readonly ok: boolean; readonly says: string };
type Question = (report: SystemStatusReport) => Verdict;

const VERBOSE: Route["query"] = {
  verbose: { type: "boolean", description: "With each module; needs a token." },
};

const QUESTIONS: readonly (readonly [string, string, string, Question])[] = [
  [
    "livez",
    "getLive",
    "Does the orchestrator answer?",
    ({ orchestrator }) => ({ ok: true, says: `orchestrator pid ${orchestrator.pid}` }),
  ],
  [
    "readyz",
    "getReady",
    "Is the system up and of use (healthy or degraded)?",
    ({ status }) => ({ ok: status === "healthy" || status === "degraded", says: status }),
  ],
  [
    "startupz",
    "getStarted",
    "Has the system come up?",
    ({ status }) => ({ ok: status !== "starting" && status !== "stopped", says: status }),
  ],
];

export const PROBE_ROUTES: readonly Route[] = [
  ...QUESTIONS.map(
    ([name, id, says, question]): Route => ({
      method: "GET",
      path: `/${name}`,
      id,
      says: `${says} 200 or 503; as application/health+json when asked for, with a token.`,
      tag: "probes",
      role: null,
      query: VERBOSE,
      answers: {
        type: "text/plain",
        says: "`ok`.",
        others: { "503": "It is not so; the text says what is." },
      },
      handle: (asked, use) => probe(asked, use, question),
    }),
  ),
  {
    method: "GET",
    path: "/metrics",
    id: "getMetrics",
    says: "Every number, for Prometheus (text format 0.0.4).",
    tag: "probes",
    role: "read",
    answers: { type: "text/plain", says: "The metrics." },
    handle: (_asked, { mirror, metrics }) => ({
      kind: "text",
      text: metrics.text(mirror.connected ? mirror.lastStatus : null),
      type: "text/plain; version=0.0.4; charset=utf-8",
    }),
  },
];

function probe({ query, headers, role }: Asked, { mirror }: Use, question: Question): Reply {
  const report = mirror.connected ? mirror.lastStatus : null;
  const { ok, says } =
    report === null ? { ok: false, says: "the orchestrator cannot be reached" } : question(report);
  const status = ok ? 200 : 503;
  const asJson = headers.accept?.includes("application/health+json") === true;
  const verbose = query["verbose"] === true;
  if (!asJson && !verbose) return { kind: "text", text: ok ? "ok\n" : "not ok\n", status };
  // Names and numbers of modules are nobody's who was given no token.
  if (role === null) throw unauthorized("Details need one.");
  if (asJson) {
    return { kind: "json", value: health(report, says), status, type: "application/health+json" };
  }
  const lines = (report?.modules ?? []).map(
    ({ id, state, health: how }) => `${isWell(how) ? "[+]" : "[-]"}${id} ${state}, ${how}`,
  );
  return {
    kind: "text",
    text: [...lines, `${ok ? "ok" : "not ok"}: ${says}`, ""].join("\n"),
    status,
  };
}

const isWell = (health: HealthStatus): boolean => health === "healthy" || health === "unknown";

const PASS: Readonly<Record<HealthStatus, string>> = {
  healthy: "pass",
  unknown: "pass",
  degraded: "warn",
  unhealthy: "fail",
};
const SYSTEM_PASS: Readonly<Record<string, string>> = { healthy: "pass", degraded: "warn" };

function health(report: SystemStatusReport | null, says: string): object {
  if (report === null) return { status: "fail", output: says };
  return {
    status: SYSTEM_PASS[report.status] ?? "fail",
    version: report.orchestrator.version,
    serviceId: report.system,
    output: report.reasons.join("; "),
    checks: Object.fromEntries(
      report.modules.map((module) => [
        `${module.id}:health`,
        [
          {
            componentType: "component",
            status: module.state === "failed" ? "fail" : PASS[module.health],
            observedValue: module.state,
            time: module.since,
          },
        ],
      ]),
    ),
  };
}
