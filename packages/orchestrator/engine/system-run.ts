// system-run.ts: the whole as one: its start, its stop, its status, and what it finds already running.
import { failure, type InstanceId } from "@skelly-jelly/contract";
import type { Command } from "../model/module-input.ts";
import { isAlive, pidOf } from "../model/module-state.ts";
import { type SystemHealth, systemHealth } from "../model/system-health.ts";
import { adoptSurvivors } from "./adoption.ts";
import type { Queued } from "./lifecycle-controller.ts";
import { OrchestratorError } from "./orchestrator-error.ts";
import type { Parts } from "./parts.ts";

/** What a stop came to. */
export type StopReport = {
  readonly stopped: number;
  /** Those that did not stop in time and were killed. */
  readonly killed: readonly InstanceId[];
  /** Those of which something could not be ended. */
  readonly left: readonly { readonly module: InstanceId; readonly pids: readonly number[] }[];
};

/** Beyond the shutdown time, how long killing may take before what is left is named. */
export const KILL_ALL_WAIT_MS = 7000;

export class SystemRun {
  readonly #parts: Parts;
  #status: SystemHealth = { status: "stopped", reasons: [], failing: [] };
  readonly #killed = new Set<InstanceId>();
  statusSinceMs: number;
  startedMs: number | null = null;
  adopted = 0;
  #hasAdopted = false;
  /** Down only to come up again; a stop that somebody asks for meanwhile ends it. */
  #restarting = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.statusSinceMs = parts.ports.clock.nowMs();
  }

  async start(remember: boolean): Promise<void> {
    const { store } = this.#parts;
    if (store.phase.kind === "stopping") {
      const message = "The system is stopping; start it when it has.";
      throw new OrchestratorError("SYSTEM_STOPPING", message);
    }
    if (store.phase.kind === "idle") this.#begin(remember);
    await this.#started();
  }

  #begin(remember: boolean): void {
    const { store, ports, timers, resources, controller } = this.#parts;
    this.startedMs = ports.clock.nowMs();
    store.phase = { kind: "starting", sinceMs: ports.clock.nowMs() };
    store.lastReadyMs = Number.NEGATIVE_INFINITY;
    resources.start();
    const { startupTimeoutMs } = store.settings;
    timers.arm("system-startup", startupTimeoutMs, () => this.#startTimedOut(startupTimeoutMs));
    for (const record of [...store.records.values()]) store.set({ ...record, settled: false });
    const adopted = this.#adoptOnce();
    const taken = new Set(adopted.map(({ instance }) => instance));
    const input: Command = { kind: "start", cause: "the system starts", remember };
    controller.postAll([
      ...adopted,
      ...[...store.records.values()]
        .filter(({ instance, state }) => !isAlive(state) && !taken.has(instance))
        .map(({ instance }) => ({ instance, input })),
    ]);
  }

  /** Survivors are an earlier orchestrator's: there are none after the first start of anything. */
  #adoptOnce(): readonly Queued[] {
    if (this.#hasAdopted) return [];
    this.#hasAdopted = true;
    const adopted = adoptSurvivors(this.#parts);
    this.adopted = adopted.filter(
      ({ input }) => input.kind === "adopt" && input.completed !== true,
    ).length;
    return adopted;
  }

  async #started(): Promise<void> {
    const { waiters, store } = this.#parts;
    const outcome = await waiters.until(() => {
      const { kind } = store.phase;
      return kind === "up" || kind === "idle" ? kind : undefined;
    }, Number.POSITIVE_INFINITY);
    if (outcome === "up") return;
    const why = store.startFailure;
    if (why !== null) throw new OrchestratorError(why.code, why.message, this.#culprits());
    const message = "The system was stopped while it was starting.";
    throw new OrchestratorError("SYSTEM_STOPPED", message);
  }

  #culprits(): readonly InstanceId[] {
    return [...this.#parts.store.records.values()]
      .filter(({ state }) => state.kind === "failed")
      .map(({ instance }) => instance);
  }

  #startTimedOut(waitedMs: number): void {
    const { store, ports } = this.#parts;
    if (store.phase.kind !== "starting") return;
    const notReady = [...store.records.values()]
      .filter(({ state, settled }) => !settled && state.kind !== "completed")
      .map(({ instance }) => instance);
    const why = failure("SYSTEM_START_TIMEOUT", { waitedMs, notReady });
    store.phase = { kind: "stopping", sinceMs: ports.clock.nowMs(), failure: why };
    this.#stopAll(why.message);
  }

  /** Down, and to stay so. */
  get isOver(): boolean {
    return this.#parts.store.phase.kind === "idle" && this.startedMs !== null && !this.#restarting;
  }

  stop(timeoutMs: number): Promise<StopReport> {
    this.#restarting = false;
    return this.#stop(timeoutMs);
  }

  async #stop(timeoutMs: number): Promise<StopReport> {
    const { store, ports, waiters } = this.#parts;
    if (store.phase.kind === "starting" || store.phase.kind === "up") {
      this.#killed.clear();
      store.phase = { kind: "stopping", sinceMs: ports.clock.nowMs(), failure: null };
      this.#stopAll("the system stops");
    }
    const idle = (): true | undefined => (store.phase.kind === "idle" ? true : undefined);
    if ((await waiters.until(idle, timeoutMs)) === "timed-out") {
      this.killAll();
      await waiters.until(idle, KILL_ALL_WAIT_MS);
    }
    return this.#report();
  }

  killAll(): void {
    for (const life of [...this.#parts.lives.all()]) {
      this.#killed.add(life.instance);
      life.running.kill();
    }
  }

  #stopAll(cause: string): void {
    const { store, controller } = this.#parts;
    const input: Command = { kind: "stop", reason: { kind: "shutdown" }, cause };
    controller.postAll(
      [...store.records.values()]
        // Those keep their story: it may be what the stop is about.
        .filter(({ state }) => state.kind !== "failed" && state.kind !== "completed")
        .map(({ instance }) => ({ instance, input })),
    );
  }

  #report(): StopReport {
    const records = [...this.#parts.store.records.values()];
    for (const { instance, state } of records) {
      if (state.kind === "stopped" && state.killed) this.#killed.add(instance);
    }
    return {
      stopped: records.filter(({ state }) => state.kind === "stopped").length,
      killed: [...this.#killed],
      left: records
        .filter(
          ({ state }) =>
            isAlive(state) || (state.kind === "failed" && state.failure.code === "NOT_GONE"),
        )
        .map(({ instance, state }) => ({
          module: instance,
          pids: [pidOf(state)].filter((pid) => pid !== null),
        })),
    };
  }

  async restart(cause: string): Promise<void> {
    const { publisher, store } = this.#parts;
    const note = (message: string): void =>
      publisher.publish({ type: "note", module: null, message });
    note(`system restart: ${cause}`);
    if (this.#restarting) return;
    this.#restarting = true;
    await this.#stop(store.settings.shutdownTimeoutMs);
    if (!this.#restarting) return;
    this.#restarting = false;
    await this.start(true).catch((error: unknown) =>
      note(`system restart failed: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  /** A command on a single module of a system at rest brings the system up without the others. */
  wake(): void {
    const { store, ports, resources } = this.#parts;
    if (store.phase.kind !== "idle") return;
    this.startedMs ??= ports.clock.nowMs();
    store.phase = { kind: "up", sinceMs: ports.clock.nowMs() };
    resources.start();
    this.#parts.controller.postAll(this.#adoptOnce());
  }

  /** After every change: phase timers, the derived status, and those who wait. */
  settled(): void {
    const { store, timers, resources, ports, publisher, waiters } = this.#parts;
    const { phase } = store;
    if (phase.kind === "up" || phase.kind === "idle") timers.disarm("system-startup");
    if (phase.kind === "idle") resources.stop();
    const now = systemHealth(store.view);
    const before = this.#status;
    this.#status = now;
    if (now.status !== before.status) {
      this.statusSinceMs = ports.clock.nowMs();
      const { status: to, reasons } = now;
      publisher.publish({ type: "system-status-changed", from: before.status, to, reasons });
    }
    waiters.look();
  }
}
