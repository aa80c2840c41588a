// orchestrator.ts: the one object that stands for a system: start, stop, status, and all that may be asked of it.
import {
  type InstanceId,
  type JsonObject,
  type ModuleDescriptor,
  type ModuleId,
  type ModuleStatus,
  RESERVED_PREFIX,
  type Severity,
  type SystemDescriptor,
  type SystemStatusReport,
} from "@skelly-jelly/contract";
import { cycleText, dependencyGraph } from "../model/dependency-graph.ts";
import type { ModuleState } from "../model/module-state.ts";
import { type SystemHealth, systemHealth } from "../model/system-health.ts";
import type { Journal } from "../ports/journal.ts";
import type { ConfigResult } from "./configuration-manager.ts";
import type { EventListener } from "./event-publisher.ts";
import { ModuleCommands } from "./module-commands.ts";
import { OrchestratorError } from "./orchestrator-error.ts";
import { type OrchestratorPorts, Parts } from "./parts.ts";
import { moduleStatus, type ReportSources, statusReport } from "./status-report.ts";
import { type ChangeResult, SystemChange } from "./system-change.ts";
import { type StopReport, SystemRun } from "./system-run.ts";

export type { OrchestratorPorts } from "./parts.ts";
export type { StopReport } from "./system-run.ts";

/** A status shows readings no older than this. */
const STATUS_READING_MAX_MS = 1000;

export type SystemHealthReport = SystemHealth & {
  readonly modules: readonly ModuleStatus[];
  readonly uptimeMs: number;
};

export class Orchestrator {
  readonly #parts: Parts;
  readonly #run: SystemRun;
  readonly #commands: ModuleCommands;
  #system: SystemDescriptor;
  #lastChange: Promise<unknown> = Promise.resolve();

  /** Throws INVALID_CONFIG, with every fault of the graph, before anything is begun. */
  constructor(system: SystemDescriptor, ports: OrchestratorPorts) {
    this.#system = system;
    this.#parts = new Parts(system.orchestrator, ports, {
      settled: () => this.#run.settled(),
      restartSystem: (cause) => void this.#run.restart(cause),
      restartAndSee: (module, cause) => this.#commands.restartAndSee(module, cause),
      seeHealth: (module) => this.#commands.seeHealth(module),
    });
    this.#run = new SystemRun(this.#parts);
    this.#commands = new ModuleCommands({
      parts: this.#parts,
      run: this.#run,
      status: (id) => this.#moduleStatus(id),
    });
    this.#admit(system.modules);
  }

  /** Every fact, in order, after it was journaled. Returns the way out. */
  onEvent(listener: EventListener): () => void {
    return this.#parts.publisher.listen(listener);
  }

  get descriptor(): SystemDescriptor {
    return this.#system;
  }

  get journal(): Journal {
    return this.#parts.ports.journal;
  }

  /**
   * Starts everything, dependencies first. Resolves when all that is required is ready; rejects with
   * the culprit when it cannot be, after what was started has been stopped again. Safe to call twice.
   */
  startSystem(): Promise<void> {
    return this.#run.start(false);
  }

  /**
   * Stops everything in reverse order. Resolves when nothing is left, or says what is. After
   * `timeoutMs` whatever still runs is killed. Safe to call twice, and during a start.
   */
  stopSystem(timeoutMs = this.#parts.store.settings.shutdownTimeoutMs): Promise<StopReport> {
    return this.#run.stop(timeoutMs);
  }

  /** SIGKILL to everything, now. */
  killAll(): void {
    this.#run.killAll();
  }

  /** Starts one module and what it needs; resolves when it is up. */
  startModule(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    return this.#commands.start(id, timeoutMs);
  }

  /** Stops one module; its dependents follow what their edges say. */
  stopModule(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    return this.#commands.stop(id, timeoutMs);
  }

  restartModule(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    return this.#commands.restart(id, timeoutMs);
  }

  /** Tries again what had been given up on. */
  recoverModule(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    return this.#commands.recover(id, timeoutMs);
  }

  getSystemHealth(): SystemHealthReport {
    const { modules, uptimeMs } = this.status(true);
    return { ...systemHealth(this.#parts.store.view), modules, uptimeMs };
  }

  /** Undefined for a module that is not registered. */
  getModuleState(id: ModuleId): ModuleState | undefined {
    return this.#parts.records(id)[0]?.state;
  }

  /**
   * Replaces the module's whole configuration. Rejects with CONFIG_REFUSED or CONFIG_ROLLED_BACK;
   * then the last good one is in force. `by` is for the audit trail.
   */
  async updateConfig(
    id: ModuleId,
    configuration: JsonObject,
    by = "program",
  ): Promise<Extract<ConfigResult, { ok: true }>> {
    this.#parts.mustKnow(id);
    const changes = new Map([[id, configuration]]);
    const result = (await this.#parts.configuration.update(changes, by)).get(id);
    if (result?.ok) return result;
    const { code, message } = result ?? { code: "CONFIG_REFUSED", message: "it was refused" };
    throw new OrchestratorError(code, message, [id]);
  }

  config(id: ModuleId): { readonly version: number; readonly config: JsonObject } {
    return this.#parts.configuration.get(this.#parts.mustKnow(id).id);
  }

  /** Adds a module, before the start or while the system runs; then it is started at once. */
  async registerModule(descriptor: ModuleDescriptor): Promise<void> {
    const { id } = descriptor;
    const added = (system: SystemDescriptor): SystemDescriptor => {
      if (system.modules.some((module) => module.id === id)) {
        const message = `A module '${id}' is registered already.`;
        throw new OrchestratorError("DUPLICATE_MODULE", message, [id]);
      }
      return { ...system, modules: [...system.modules, descriptor] };
    };
    await this.#changeInTurn(added, "program", false);
  }

  /** Brings the running system to another description: only what must change is touched. */
  applySystem(next: SystemDescriptor, by: string): Promise<ChangeResult> {
    return this.#changeInTurn(() => next, by, true);
  }

  /** One change at a time: each begins with what the one before it has left. */
  #changeInTurn(
    next: (system: SystemDescriptor) => SystemDescriptor,
    by: string,
    wait: boolean,
  ): Promise<ChangeResult> {
    const work = this.#lastChange.then(() => this.#change(next(this.#system), by, wait));
    this.#lastChange = work.catch(() => undefined);
    return work;
  }

  #change(next: SystemDescriptor, by: string, wait: boolean): Promise<ChangeResult> {
    const { store, configuration, publisher } = this.#parts;
    const commands = this.#commands;
    const change = new SystemChange({
      current: () => this.#system,
      admit: (system) => {
        this.#admit(system.modules);
        this.#system = system;
        store.settings = system.orchestrator;
        // Edges and policies may say something else of what runs already.
        this.#parts.controller.replan();
        this.#parts.resources.limitsChanged();
      },
      update: (changes) => configuration.update(changes, by),
      stop: (id) => commands.stop(id),
      rest: (id) => commands.askToStop(id),
      forget: (id) => configuration.forget(id),
      isRunning: () => store.phase.kind === "up" || store.phase.kind === "starting",
      isWanted: (id) => this.#parts.records(id).some(({ desired }) => desired === "up"),
      start: (id, cause) => commands.post(id, { kind: "start", cause }),
      restart: (id, because) => commands.post(id, { kind: "restart", cause: because }),
      whenUp: async (id) => {
        if (wait) await commands.whenUp(id);
      },
      note: (message) => publisher.publish({ type: "note", module: null, message }),
    });
    return change.apply(next);
  }

  /** A changed file that cannot be used: said, and nothing else. */
  reject(problems: readonly string[]): void {
    this.#parts.publisher.publish({ type: "config-rejected", problems });
  }

  status(all = false): SystemStatusReport {
    this.#parts.resources.readIfOlder(STATUS_READING_MAX_MS);
    return statusReport(this.#sources(), all);
  }

  /** Resolves when the system has stopped, however that came. */
  async whenStopped(): Promise<void> {
    const isOver = (): true | undefined => (this.#run.isOver ? true : undefined);
    await this.#parts.waiters.until(isOver, Number.POSITIVE_INFINITY);
  }

  /** True when all that there is to do is done: tasks are over, and no service wants to be up. */
  get isFinished(): boolean {
    const records = [...this.#parts.store.records.values()];
    // A service that was given up still waits for `recover`; hub and hosts serve the others.
    const over = records.every(
      ({ state, descriptor }) =>
        state.kind === "completed" ||
        (state.kind === "failed" && descriptor.task) ||
        descriptor.id.startsWith(RESERVED_PREFIX),
    );
    return over && records.some(({ descriptor }) => descriptor.task);
  }

  /** An error that a module reported by another way than its control channel. */
  reportError(id: InstanceId, severity: Severity, errorType: string, message: string): void {
    for (const { instance, incarnation } of this.#parts.records(id)) {
      const said = { type: "error", severity, errorType, message } as const;
      this.#parts.controller.fact(instance, incarnation, { kind: "said", message: said });
    }
  }

  /** Lets go. With `leaveRunning` the modules live on for the next orchestrator. */
  async close(
    options: { readonly leaveRunning: boolean } = { leaveRunning: false },
  ): Promise<void> {
    const { ports } = this.#parts;
    this.#parts.close();
    const runners = new Set(Object.values(ports.runners));
    await Promise.all([...runners].map((runner) => runner.close(options)));
    ports.journal.close();
  }

  #admit(modules: readonly ModuleDescriptor[]): void {
    const { configuration, store, ports } = this.#parts;
    const { problems } = dependencyGraph(modules);
    if (problems.length > 0) {
      const lines = problems.map((problem) =>
        problem.kind === "cycle"
          ? `dependency loop: ${cycleText(problem.path)}`
          : `'${problem.module}' depends on '${problem.dependency}', ` +
            "which is not a module of this system",
      );
      const named = problems.flatMap((problem) =>
        problem.kind === "cycle" ? problem.path : [problem.module],
      );
      throw new OrchestratorError("INVALID_CONFIG", lines.join("\n"), named);
    }
    for (const module of modules) configuration.admit(module.id, module.config);
    store.admit(modules, ports.journal.incarnations());
  }

  #moduleStatus(id: ModuleId): ModuleStatus {
    const [record] = this.#parts.records(id);
    if (record === undefined) throw new Error(`bug: no record of '${id}'`);
    return moduleStatus(record, this.#sources());
  }

  #sources(): ReportSources {
    const { ports, store, resources, configuration, issues } = this.#parts;
    const { clock, journal, pid, version, busAddress } = ports;
    const { adopted, statusSinceMs, startedMs } = this.#run;
    const own = ports.resources.own();
    return {
      system: this.#system.name,
      view: store.view,
      wallMs: clock.wallMs(),
      orchestrator: { pid, version, ...own, adopted, journal: journal.state, bus: busAddress() },
      usage: (instance) => resources.usage(instance),
      enforcement: ({ instance, descriptor }) =>
        ports.resources.enforcement(instance, descriptor.limits, descriptor.runner),
      enforcedBy: ({ instance, descriptor: { limits, runner } }) =>
        ports.resources.enforcedBy?.(instance, limits, runner) ?? {},
      throttle: (instance) => resources.throttle(instance),
      machine: () => resources.machine,
      configVersion: (module) => configuration.get(module).version,
      statusSinceMs,
      startedMs,
      openIssues: (instance) => issues.open(instance),
    };
  }
}
