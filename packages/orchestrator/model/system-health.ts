// system-health.ts: the whole, derived from its parts, with reasons in words.
import type { ModuleId, SystemStatus } from "@skelly-jelly/contract";
import type { ModuleRecord } from "./module-record.ts";
import { blockedBy, type SystemView } from "./system-state.ts";

export type SystemHealth = {
  readonly status: SystemStatus;
  readonly reasons: readonly string[];
  /** Required modules that fail; exactly those. */
  readonly failing: readonly ModuleId[];
};

export function systemHealth(view: SystemView): SystemHealth {
  if (view.phase.kind === "idle") return { status: "stopped", reasons: [], failing: [] };
  if (view.phase.kind === "stopping") {
    const reasons = view.phase.failure === null ? [] : [view.phase.failure.message];
    return { status: "stopping", reasons, failing: [] };
  }
  if (view.phase.kind === "starting") return { status: "starting", reasons: [], failing: [] };
  return healthWhenUp(view);
}

function healthWhenUp(view: SystemView): SystemHealth {
  const failing: ModuleId[] = [];
  const reasons: string[] = [];
  let unheard = false;
  let degraded = false;
  for (const record of view.records.values()) {
    const verdict = verdictOf(record, view);
    if (verdict.kind === "well") continue;
    if (verdict.kind === "unheard") {
      unheard = true;
      continue;
    }
    reasons.push(verdict.reason);
    if (verdict.kind === "failing" && record.descriptor.required) failing.push(record.instance);
    else degraded = true;
  }
  if (failing.length > 0) return { status: "critical", reasons, failing };
  if (degraded) return { status: "degraded", reasons, failing };
  return { status: unheard ? "starting" : "healthy", reasons, failing };
}

type Verdict =
  | { readonly kind: "well" }
  /** Something asks, and nothing has answered yet: not to be called healthy. */
  | { readonly kind: "unheard" }
  | { readonly kind: "ailing"; readonly reason: string }
  | { readonly kind: "failing"; readonly reason: string };

function verdictOf(record: ModuleRecord, view: SystemView): Verdict {
  const { instance, state, health, descriptor } = record;
  if (record.desired === "down") {
    if (!descriptor.required || descriptor.task) return { kind: "well" };
    return { kind: "ailing", reason: `${instance} was stopped by request` };
  }
  if (state.kind === "completed") return { kind: "well" };
  if (state.kind === "failed") return { kind: "failing", reason: state.failure.message };
  if (state.kind === "backing-off") {
    return {
      kind: "failing",
      reason: `${instance} waits for its next attempt: ${state.failure.message}`,
    };
  }
  if (state.kind === "waiting") {
    const blocker = blockedBy(record, view);
    const reason =
      blocker === null ? `${instance} waits to start` : `${instance} is blocked by '${blocker}'`;
    return { kind: "failing", reason };
  }
  if (state.kind === "paused") return { kind: "ailing", reason: `${instance} is paused` };
  if (state.kind !== "running") {
    const reason = `${instance} is ${state.kind}${record.failure === null ? "" : `: ${record.failure.message}`}`;
    return descriptor.task ? { kind: "well" } : { kind: "failing", reason };
  }
  const issue = health.issues[0]?.message ?? "it says so";
  if (health.status === "unhealthy") {
    return { kind: "failing", reason: `${instance} is unhealthy: ${issue}` };
  }
  if (!health.ready) return { kind: "failing", reason: `${instance} is not ready: ${issue}` };
  if (health.status === "degraded")
    return { kind: "ailing", reason: `${instance} is degraded: ${issue}` };
  if (record.level !== "full")
    return { kind: "ailing", reason: `${instance} runs at level '${record.level}'` };
  const asked = descriptor.liveness !== null;
  return health.status === "unknown" && asked ? { kind: "unheard" } : { kind: "well" };
}
