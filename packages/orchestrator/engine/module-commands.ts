// module-commands.ts: what may be asked of single modules, each with a limit and a named outcome.
import type { ModuleId, ModuleStatus } from "@skelly-jelly/contract";
import { dependenciesOf } from "../model/dependency-graph.ts";
import type { Command } from "../model/module-input.ts";
import type { ModuleRecord } from "../model/module-record.ts";
import { isAlive } from "../model/module-state.ts";
import { OrchestratorError } from "./orchestrator-error.ts";
import type { Parts } from "./parts.ts";
import { KILL_ALL_WAIT_MS, type SystemRun } from "./system-run.ts";

/** Beyond what a module itself may take. */
const MARGIN_MS = 1000;

type Use = {
  readonly parts: Parts;
  readonly run: SystemRun;
  readonly status: (id: ModuleId) => ModuleStatus;
};

export class ModuleCommands {
  readonly #use: Use;

  constructor(use: Use) {
    this.#use = use;
  }

  async start(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    const { parts } = this.#use;
    parts.mustKnow(id);
    for (const needed of dependenciesOf(id, parts.store.descriptors)) {
      const cause = `'${id}', which needs it, was asked to start`;
      this.post(needed, { kind: "start", cause }, ({ desired }) => desired === "down");
    }
    this.post(id, { kind: "start", cause: "started by request" });
    return this.whenUp(id, timeoutMs);
  }

  async stop(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    const { parts } = this.#use;
    const { stop } = parts.mustKnow(id);
    this.askToStop(id);
    const down = (): true | undefined =>
      parts.records(id).every(({ state }) => !isAlive(state)) ? true : undefined;
    const waitMs = timeoutMs ?? stop.timeoutMs + KILL_ALL_WAIT_MS;
    if ((await parts.waiters.until(down, waitMs)) === "timed-out") {
      throw new OrchestratorError("TIMED_OUT", `'${id}' has not stopped yet.`, [id]);
    }
    return this.#status(id);
  }

  askToStop(id: ModuleId): void {
    this.post(id, { kind: "stop", reason: { kind: "requested" }, cause: "stopped by request" });
  }

  /** It may have been taken out of the system while somebody waited for it. */
  #status(id: ModuleId): ModuleStatus {
    this.#use.parts.mustKnow(id);
    return this.#use.status(id);
  }

  async restart(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    this.#use.parts.mustKnow(id);
    this.post(id, { kind: "restart", cause: "restarted by request" });
    return this.whenUp(id, timeoutMs);
  }

  async recover(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    this.#use.parts.mustKnow(id);
    this.post(id, { kind: "recover", cause: "recovered by request" });
    return this.whenUp(id, timeoutMs);
  }

  post(id: ModuleId, input: Command, when: (record: ModuleRecord) => boolean = () => true): void {
    const { parts, run } = this.#use;
    if (input.kind !== "stop") {
      if (parts.store.phase.kind === "stopping") {
        const message = `The system is stopping; ${input.kind} '${id}' when it has.`;
        throw new OrchestratorError("SYSTEM_STOPPING", message, [id]);
      }
      run.wake();
    }
    parts.controller.postAll(
      parts
        .records(id)
        .filter(when)
        .map(({ instance }) => ({ instance, input })),
    );
  }

  async whenUp(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    const { parts } = this.#use;
    const { startupTimeoutMs, stop } = parts.mustKnow(id);
    const arrived = (): "up" | "failed" | undefined => {
      const states = parts.records(id).map(({ state }) => state.kind);
      if (states.some((kind) => kind === "failed" || kind === "stopped")) return "failed";
      const up = states.every((kind) => kind === "running" || kind === "completed");
      return up ? "up" : undefined;
    };
    const waitMs = timeoutMs ?? startupTimeoutMs + stop.timeoutMs + MARGIN_MS;
    const outcome = await parts.waiters.until(arrived, waitMs);
    const seen = this.#status(id);
    if (outcome === "up") return seen;
    const why = seen.failure;
    if (outcome === "failed" && why !== null) {
      throw new OrchestratorError(why.code, why.message, [id]);
    }
    const { waitingFor } = seen;
    const held = waitingFor.length > 0 ? `, waiting for ${waitingFor.join(", ")}` : "";
    throw new OrchestratorError("TIMED_OUT", `'${id}' is ${seen.state}${held}.`, [id]);
  }

  /** Restarts it; resolves with what keeps it from being well, null when it is well. */
  async restartAndSee(id: ModuleId, cause: string): Promise<string | null> {
    try {
      this.post(id, { kind: "restart", cause });
      await this.whenUp(id);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return this.seeHealth(id);
  }

  /** Asks for its health now; null when nothing speaks against it. */
  async seeHealth(id: ModuleId): Promise<string | null> {
    const { parts } = this.#use;
    const { liveness } = parts.mustKnow(id);
    if (liveness === null) return null;
    const sinceMs = parts.ports.clock.nowMs();
    for (const record of parts.records(id)) {
      if (record.state.kind === "running") parts.health.watch(record);
    }
    const heard = (): string | undefined => {
      const healths = parts
        .records(id)
        .filter(({ state }) => state.kind === "running")
        .map(({ health }) => health);
      const fresh = healths.filter(({ lastCheckMs }) => (lastCheckMs ?? -1) >= sinceMs);
      const ill = fresh.find(({ status, misses }) => status === "unhealthy" || misses > 0);
      if (ill !== undefined) return ill.issues[0]?.message ?? "it is unhealthy";
      return fresh.length === healths.length ? "" : undefined;
    };
    const answer = await parts.waiters.until(heard, liveness.timeoutMs + MARGIN_MS);
    if (answer === "timed-out") return "it did not answer its health check";
    return answer === "" ? null : answer;
  }
}
