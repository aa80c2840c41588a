// orchestrator.ts: wires the managers; start, stop, status, and everything else that may be asked of a system.
import {
  failure,
  type InstanceId,
  type JsonObject,
  type ModuleDescriptor,
  type ModuleId,
  type ModuleStatus,
  type RunnerKind,
  type SystemDescriptor,
  type SystemStatusReport,
} from "@skelly-jelly/contract";
import { cycleText, dependenciesOf, dependencyGraph } from "../model/dependency-graph.ts";
import type { Command } from "../model/module-input.ts";
import type { ModuleRecord } from "../model/module-record.ts";
import { isAlive, type ModuleState, pidOf } from "../model/module-state.ts";
import { type SystemHealth, systemHealth } from "../model/system-health.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { LogWatch } from "../ports/log-watch.ts";
import type { ModuleRunner } from "../ports/module-runner.ts";
import type { Prober } from "../ports/prober.ts";
import type { Random } from "../ports/random.ts";
import type { ResourceReader } from "../ports/resource-reader.ts";
import { type ConfigResult, ConfigurationManager } from "./configuration-manager.ts";
import { type EventListener, EventPublisher } from "./event-publisher.ts";
import { HealthMonitor } from "./health-monitor.ts";
import { IssueBook } from "./issue-book.ts";
import { LifecycleController } from "./lifecycle-controller.ts";
import { Lives } from "./lives.ts";
import { ModuleVoice } from "./module-voice.ts";
import { OrchestratorError } from "./orchestrator-error.ts";
import { Readiness } from "./readiness.ts";
import { RecoveryManager } from "./recovery-manager.ts";
import { ResourceManager } from "./resource-manager.ts";
import { moduleStatus, type ReportSources, statusReport } from "./status-report.ts";
import { SystemChange } from "./system-change.ts";
import { instanceIds, SystemStore } from "./system-store.ts";
import { Timers } from "./timers.ts";
import { Waiters } from "./waiters.ts";

/** What the orchestrator needs from outside. */
export type OrchestratorPorts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly runners: Readonly<Record<RunnerKind, ModuleRunner>>;
  readonly prober: Prober;
  readonly resources: ResourceReader;
  readonly logs: LogWatch;
  /** Replaces references to secrets by their values. */
  readonly reveal: (config: JsonObject) => JsonObject;
  readonly pid: number;
  readonly version: string;
  /** Where the bus is, for `status`. */
  readonly busAddress: () => string;
};

/** What a stop came to. */
export type StopReport = {
  readonly stopped: number;
  /** Those that did not stop in time and were killed. */
  readonly killed: readonly InstanceId[];
  /** Those of which something could not be ended. */
  readonly left: readonly { readonly module: InstanceId; readonly pids: readonly number[] }[];
};

/** A status shows readings no older than this. */
const STATUS_READING_MAX_MS = 1000;
/** Beyond the shutdown time, how long killing may take before what is left is named. */
const KILL_ALL_WAIT_MS = 7000;

export class Orchestrator {
  readonly #ports: OrchestratorPorts;
  readonly #store: SystemStore;
  readonly #lives = new Lives();
  readonly #publisher: EventPublisher;
  readonly #controller: LifecycleController;
  readonly #health: HealthMonitor;
  readonly #readiness: Readiness;
  readonly #resources: ResourceManager;
  readonly #configuration: ConfigurationManager;
  readonly #issues: IssueBook;
  readonly #waiters: Waiters;
  readonly #timers: Timers;
  #system: SystemDescriptor;
  #status: SystemHealth = { status: "stopped", reasons: [], failing: [] };
  #statusSinceMs: number;
  #startedMs: number | null = null;
  #adopted = 0;
  #killed = new Set<InstanceId>();

  constructor(system: SystemDescriptor, ports: OrchestratorPorts) {
    const { clock, journal } = ports;
    this.#system = system;
    this.#ports = ports;
    this.#statusSinceMs = clock.nowMs();
    this.#store = new SystemStore(system.orchestrator, clock);
    this.#publisher = new EventPublisher(clock, journal);
    this.#waiters = new Waiters(clock);
    this.#timers = new Timers(clock);
    const store = this.#store;
    const lives = this.#lives;
    const publisher = this.#publisher;
    this.#issues = new IssueBook(publisher);
    this.#configuration = new ConfigurationManager({
      clock,
      journal,
      lives,
      publisher,
      instances: (module) => this.#records(module),
      reveal: ports.reveal,
      restart: (module, cause) => this.#restartAndSee(module, cause),
      checkHealth: (module) => this.#seeHealth(module),
    });
    const voice = new ModuleVoice({
      store,
      lives,
      issues: this.#issues,
      health: () => this.#health,
      configuration: this.#configuration,
      post: (instance, input) => this.#controller.post(instance, input),
    });
    this.#controller = new LifecycleController({
      store,
      lives,
      clock,
      journal,
      publisher,
      runners: ports.runners,
      recovery: new RecoveryManager(store, clock, ports.random),
      configuration: () => this.#configuration,
      health: () => this.#health,
      readiness: () => this.#readiness,
      said: voice.heard,
      settled: () => this.#settled(),
      restartSystem: (cause) => void this.#restartSystem(cause),
    });
    this.#health = new HealthMonitor({
      store,
      lives,
      clock,
      prober: ports.prober,
      publisher,
      ailing: (instance, incarnation, why) =>
        this.#controller.post(instance, { kind: "ailing", incarnation, failure: why }),
      changed: () => this.#controller.replan(),
      checked: () => this.#waiters.look(),
    });
    this.#readiness = new Readiness({
      clock,
      prober: ports.prober,
      logs: ports.logs,
      isStarting: (instance, incarnation) => {
        const record = store.get(instance);
        return record?.incarnation === incarnation && record.state.kind === "starting";
      },
      ready: (instance, incarnation) =>
        this.#controller.post(instance, { kind: "ready", incarnation }),
    });
    this.#resources = new ResourceManager({ store, clock, reader: ports.resources, publisher });
    this.#admit(system.modules);
  }

  /** Every fact, in order, after it was journaled. Returns the way out. */
  onEvent(listener: EventListener): () => void {
    return this.#publisher.listen(listener);
  }

  get descriptor(): SystemDescriptor {
    return this.#system;
  }

  get journal(): Journal {
    return this.#ports.journal;
  }

  /**
   * Starts everything, dependencies first. Resolves when all that is required is ready; rejects with
   * the culprit when it cannot be, after what was started has been stopped again. Safe to call twice.
   */
  async startSystem(options: { readonly remember?: boolean } = {}): Promise<void> {
    const { phase } = this.#store;
    if (phase.kind === "stopping") {
      throw new OrchestratorError(
        "SYSTEM_STOPPING",
        "The system is stopping; start it when it has.",
      );
    }
    if (phase.kind === "idle") this.#beginStart(options.remember ?? false);
    await this.#started();
  }

  #beginStart(remember: boolean): void {
    const { clock } = this.#ports;
    this.#startedMs = clock.nowMs();
    this.#store.phase = { kind: "starting", sinceMs: clock.nowMs() };
    this.#store.lastReadyMs = Number.NEGATIVE_INFINITY;
    this.#resources.start();
    const { startupTimeoutMs } = this.#store.settings;
    this.#timers.arm("system-startup", startupTimeoutMs, () =>
      this.#startTimedOut(startupTimeoutMs),
    );
    for (const record of [...this.#store.records.values()]) {
      this.#store.set({ ...record, settled: false });
    }
    this.#adopt();
    const input: Command = { kind: "start", cause: "the system starts", remember };
    this.#controller.postAll(
      [...this.#store.records.values()]
        .filter(({ state }) => !isAlive(state))
        .map(({ instance }) => ({ instance, input })),
    );
  }

  async #started(): Promise<void> {
    const outcome = await this.#waiters.until(() => {
      const { phase } = this.#store;
      if (phase.kind === "up") return "up" as const;
      if (phase.kind === "idle") return "idle" as const;
      return undefined;
    }, Number.POSITIVE_INFINITY);
    if (outcome === "up") return;
    const why = this.#lastStartFailure;
    throw why === null
      ? new OrchestratorError("SYSTEM_STOPPED", "The system was stopped while it was starting.")
      : new OrchestratorError(why.code, why.message, this.#culprits());
  }

  #lastStartFailure: ReturnType<typeof failure> | null = null;

  #culprits(): readonly string[] {
    return [...this.#store.records.values()]
      .filter(({ state }) => state.kind === "failed")
      .map(({ instance }) => instance);
  }

  #startTimedOut(waitedMs: number): void {
    if (this.#store.phase.kind !== "starting") return;
    const notReady = [...this.#store.records.values()]
      .filter(({ state, settled }) => !settled && state.kind !== "completed")
      .map(({ instance }) => instance);
    const why = failure("SYSTEM_START_TIMEOUT", { waitedMs, notReady });
    this.#store.phase = { kind: "stopping", sinceMs: this.#ports.clock.nowMs(), failure: why };
    this.#stopAll(why.message);
  }

  /**
   * Stops everything in reverse order. Resolves when nothing is left, or says what is. After
   * `timeoutMs` whatever still runs is killed. Safe to call twice, and during a start.
   */
  async stopSystem(timeoutMs = this.#store.settings.shutdownTimeoutMs): Promise<StopReport> {
    const { phase } = this.#store;
    if (phase.kind === "starting" || phase.kind === "up") {
      this.#killed.clear();
      this.#store.phase = { kind: "stopping", sinceMs: this.#ports.clock.nowMs(), failure: null };
      this.#stopAll("the system stops");
    }
    const idle = (): true | undefined => (this.#store.phase.kind === "idle" ? true : undefined);
    if ((await this.#waiters.until(idle, timeoutMs)) === "timed-out") {
      this.killAll();
      await this.#waiters.until(idle, KILL_ALL_WAIT_MS);
    }
    return this.#stopReport();
  }

  /** SIGKILL to everything, now. */
  killAll(): void {
    for (const life of this.#lives.all()) {
      this.#killed.add(life.instance);
      life.running.kill();
    }
  }

  #stopAll(cause: string): void {
    const input: Command = { kind: "stop", reason: { kind: "shutdown" }, cause };
    this.#controller.postAll(
      [...this.#store.records.values()]
        // Those keep their story: it may be what the stop is about.
        .filter(({ state }) => state.kind !== "failed" && state.kind !== "completed")
        .map(({ instance }) => ({ instance, input })),
    );
  }

  #stopReport(): StopReport {
    const records = [...this.#store.records.values()];
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

  async #restartSystem(cause: string): Promise<void> {
    this.#publisher.publish({ type: "note", module: null, message: `system restart: ${cause}` });
    await this.stopSystem();
    await this.startSystem({ remember: true }).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.#publisher.publish({
        type: "note",
        module: null,
        message: `system restart failed: ${message}`,
      });
    });
  }

  /** Starts one module and what it needs; resolves when it is up. */
  async startModule(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    this.#mustKnow(id);
    for (const needed of [...dependenciesOf(id, this.#store.descriptors), id]) {
      this.#command(
        needed,
        { kind: "start", cause: `start of '${id}' was asked for` },
        (record) => record.desired === "down" || needed === id,
      );
    }
    return this.#whenUp(id, timeoutMs);
  }

  /** Stops one module; its dependents follow what their edges say. */
  async stopModule(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    const { stop } = this.#mustKnow(id);
    this.#command(id, { kind: "stop", reason: { kind: "requested" }, cause: "stopped by request" });
    const down = (): true | undefined =>
      this.#records(id).every(({ state }) => !isAlive(state)) ? true : undefined;
    if (
      (await this.#waiters.until(down, timeoutMs ?? stop.timeoutMs + KILL_ALL_WAIT_MS)) ===
      "timed-out"
    ) {
      throw new OrchestratorError("TIMED_OUT", `'${id}' has not stopped yet.`, [id]);
    }
    return this.#moduleStatus(id);
  }

  async restartModule(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    this.#mustKnow(id);
    this.#command(id, { kind: "restart", cause: "restarted by request" });
    return this.#whenUp(id, timeoutMs);
  }

  /** Tries again what had been given up on. */
  async recoverModule(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    this.#mustKnow(id);
    this.#command(id, { kind: "recover", cause: "recovered by request" });
    return this.#whenUp(id, timeoutMs);
  }

  async #whenUp(id: ModuleId, timeoutMs?: number): Promise<ModuleStatus> {
    const { startupTimeoutMs, stop } = this.#mustKnow(id);
    const arrived = (): "up" | "failed" | undefined => {
      const records = this.#records(id);
      if (records.some(({ state }) => state.kind === "failed" || state.kind === "stopped"))
        return "failed";
      const up = records.every(
        ({ state }) => state.kind === "running" || state.kind === "completed",
      );
      return up ? "up" : undefined;
    };
    const waitMs = timeoutMs ?? startupTimeoutMs + stop.timeoutMs + 1000;
    const outcome = await this.#waiters.until(arrived, waitMs);
    const status = this.#moduleStatus(id);
    if (outcome === "up") return status;
    const why = status.failure;
    if (outcome === "failed" && why !== null)
      throw new OrchestratorError(why.code, why.message, [id]);
    const held =
      status.waitingFor.length > 0 ? `, waiting for ${status.waitingFor.join(", ")}` : "";
    throw new OrchestratorError("TIMED_OUT", `'${id}' is ${status.state}${held}.`, [id]);
  }

  #command(
    id: ModuleId,
    input: Command,
    when: (record: ModuleRecord) => boolean = () => true,
  ): void {
    if (this.#store.phase.kind === "idle" && input.kind !== "stop") {
      const { clock } = this.#ports;
      this.#startedMs ??= clock.nowMs();
      this.#store.phase = { kind: "up", sinceMs: clock.nowMs() };
      this.#resources.start();
    }
    for (const record of this.#records(id))
      if (when(record)) this.#controller.post(record.instance, input);
  }

  getSystemHealth(): SystemHealth & {
    readonly modules: readonly ModuleStatus[];
    readonly uptimeMs: number;
  } {
    const report = this.status(true);
    return {
      ...systemHealth(this.#store.view),
      modules: report.modules,
      uptimeMs: report.uptimeMs,
    };
  }

  /** Undefined for a module that is not registered. */
  getModuleState(id: ModuleId): ModuleState | undefined {
    return this.#store.get(id)?.state ?? this.#records(id)[0]?.state;
  }

  /** `configuration` replaces the module's whole configuration. Rejects when it is refused; then nothing has changed. */
  async updateConfig(
    id: ModuleId,
    configuration: JsonObject,
    by = "program",
  ): Promise<ConfigResult & { ok: true }> {
    this.#mustKnow(id);
    const results = await this.#configuration.update(new Map([[id, configuration]]), by);
    const result = results.get(id);
    if (result?.ok) return result;
    throw new OrchestratorError(result?.code ?? "CONFIG_REFUSED", result?.message ?? "refused", [
      id,
    ]);
  }

  config(id: ModuleId): { readonly version: number; readonly config: JsonObject } {
    this.#mustKnow(id);
    return this.#configuration.get(id);
  }

  /** Adds a module, before the start or while the system runs; then it is started at once. */
  async registerModule(descriptor: ModuleDescriptor): Promise<void> {
    if (this.#store.descriptors.has(descriptor.id)) {
      throw new OrchestratorError(
        "DUPLICATE_MODULE",
        `A module '${descriptor.id}' is registered already.`,
        [descriptor.id],
      );
    }
    await this.applySystem(
      { ...this.#system, modules: [...this.#system.modules, descriptor] },
      "program",
      { wait: false },
    );
  }

  /** Brings the running system to another description: only what must change is touched. */
  applySystem(next: SystemDescriptor, by: string, options: { readonly wait?: boolean } = {}) {
    const change = new SystemChange({
      current: () => this.#system,
      admit: (system) => {
        this.#system = system;
        this.#store.settings = system.orchestrator;
        this.#admit(system.modules);
      },
      update: (changes) => this.#configuration.update(changes, by),
      stop: (id) => this.stopModule(id),
      forget: (id) => this.#configuration.forget(id),
      isRunning: () => this.#store.phase.kind === "up" || this.#store.phase.kind === "starting",
      start: (id) => this.#command(id, { kind: "start", cause: "it was added" }),
      restart: (id, because) => this.#command(id, { kind: "restart", cause: because }),
      whenUp: (id) =>
        options.wait === false ? Promise.resolve() : this.#whenUp(id).then(() => undefined),
      note: (message) => this.#publisher.publish({ type: "note", module: null, message }),
    });
    return change.apply(next);
  }

  /** A changed file that cannot be used: said, and nothing else. */
  reject(problems: readonly string[]): void {
    this.#publisher.publish({ type: "config-rejected", problems });
  }

  status(all = false): SystemStatusReport {
    this.#resources.readIfOlder(STATUS_READING_MAX_MS);
    return statusReport(this.#sources(), all);
  }

  /** Resolves when the system has stopped, however that came. */
  async whenStopped(): Promise<void> {
    await this.#waiters.until(
      () => (this.#store.phase.kind === "idle" && this.#startedMs !== null ? true : undefined),
      Number.POSITIVE_INFINITY,
    );
  }

  /** True when all that there is to do is done: only tasks, and they have completed. */
  get isFinished(): boolean {
    const records = [...this.#store.records.values()];
    return (
      records.length > 0 &&
      records.every(({ state }) => state.kind === "completed" || state.kind === "failed")
    );
  }

  /** An error that a module reported by another way than its control channel. */
  reportError(
    instance: InstanceId,
    severity: "low" | "medium" | "high" | "critical",
    errorType: string,
    message: string,
  ): void {
    const record = this.#store.get(instance);
    if (record === undefined) return;
    const incarnation = record.incarnation;
    this.#controller.fact(instance, incarnation, {
      kind: "said",
      message: { type: "error", severity, errorType, message },
    });
  }

  /** Lets go. With `leaveRunning` the modules live on for the next orchestrator. */
  async close(
    options: { readonly leaveRunning: boolean } = { leaveRunning: false },
  ): Promise<void> {
    this.#timers.disarmAll();
    this.#controller.close();
    this.#health.close();
    this.#readiness.close();
    this.#resources.stop();
    const runners = new Set(Object.values(this.#ports.runners));
    await Promise.all([...runners].map((runner) => runner.close(options)));
    this.#ports.journal.close();
  }

  #admit(modules: readonly ModuleDescriptor[]): void {
    const { problems } = dependencyGraph(modules);
    if (problems.length > 0) {
      const lines = problems.map((problem) =>
        problem.kind === "cycle"
          ? `dependency loop: ${cycleText(problem.path)}`
          : `'${problem.module}' depends on '${problem.dependency}', which is not a module of this system`,
      );
      const named = problems.flatMap((problem) =>
        problem.kind === "cycle" ? problem.path : [problem.module],
      );
      throw new OrchestratorError("INVALID_CONFIG", lines.join("\n"), named);
    }
    for (const module of modules) this.#configuration.admit(module.id, module.config);
    this.#store.admit(modules, this.#ports.journal.incarnations());
  }

  #adopt(): void {
    const known = new Map<InstanceId, RunnerKind>();
    for (const [id, { runner }] of this.#store.descriptors) {
      for (const instance of this.#store.instances(id)) known.set(instance, runner);
    }
    for (const [kind, runner] of Object.entries(this.#ports.runners)) {
      for (const survivor of runner.survivors()) {
        const record = this.#store.get(survivor.instance);
        if (record === undefined || known.get(survivor.instance) !== kind) continue;
        const { instance, incarnation, pid } = survivor;
        const { descriptor } = record;
        const welcome = this.#configuration.welcome(record);
        const readyLife = this.#ports.journal.recall(`life:${instance}`)?.["incarnation"];
        const running = runner.adopt(
          survivor,
          { instance, incarnation, descriptor, welcome },
          (fact) => this.#controller.fact(instance, incarnation, fact),
        );
        const { configVersion } = welcome;
        this.#lives.begin({ instance, incarnation, running, saidFailure: null, configVersion });
        this.#adopted += 1;
        const ready = readyLife === incarnation || descriptor.ready === null;
        this.#controller.post(instance, { kind: "adopt", incarnation, pid, ready });
      }
    }
  }

  #settled(): void {
    if (this.#store.phase.kind === "stopping") {
      this.#lastStartFailure = this.#store.phase.failure;
    }
    if (this.#store.phase.kind === "up" || this.#store.phase.kind === "idle") {
      this.#timers.disarm("system-startup");
    }
    if (this.#store.phase.kind === "idle") this.#resources.stop();
    const now = systemHealth(this.#store.view);
    const before = this.#status;
    this.#status = now;
    if (now.status !== before.status) {
      this.#statusSinceMs = this.#ports.clock.nowMs();
      const { status, reasons } = now;
      this.#publisher.publish({
        type: "system-status-changed",
        from: before.status,
        to: status,
        reasons,
      });
    }
    this.#waiters.look();
  }

  async #restartAndSee(id: ModuleId, cause: string): Promise<string | null> {
    this.#command(id, { kind: "restart", cause });
    try {
      await this.#whenUp(id);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return this.#seeHealth(id);
  }

  /** The next answers of its health checks; null when none speaks against it. */
  async #seeHealth(id: ModuleId): Promise<string | null> {
    const { liveness } = this.#mustKnow(id);
    if (liveness === null) return null;
    const since = this.#ports.clock.nowMs();
    for (const record of this.#records(id)) {
      if (record.state.kind === "running") this.#health.watch(record);
    }
    const heard = (): string | undefined => {
      const records = this.#records(id).filter(({ state }) => state.kind === "running");
      const sick = records.find(
        ({ health }) => (health.lastCheckMs ?? -1) >= since && health.status === "unhealthy",
      );
      const missed = records.find(
        ({ health }) => (health.lastCheckMs ?? -1) >= since && health.misses > 0,
      );
      const ill = sick ?? missed;
      if (ill !== undefined) return ill.health.issues[0]?.message ?? "it is unhealthy";
      return records.every(({ health }) => (health.lastCheckMs ?? -1) >= since) ? "" : undefined;
    };
    const answer = await this.#waiters.until(heard, liveness.timeoutMs + 1000);
    if (answer === "timed-out") return "it did not answer its health check";
    return answer === "" ? null : answer;
  }

  #records(id: ModuleId): readonly ModuleRecord[] {
    const instances = this.#store.instances(id);
    const ids = instances.length > 0 ? instances : this.#store.get(id) === undefined ? [] : [id];
    return ids
      .map((instance) => this.#store.get(instance))
      .filter((record) => record !== undefined);
  }

  #mustKnow(id: ModuleId): ModuleDescriptor {
    const descriptor = this.#store.descriptors.get(id) ?? this.#store.get(id)?.descriptor;
    if (descriptor !== undefined) return descriptor;
    const known = [...this.#store.descriptors.keys()].join(", ");
    throw new OrchestratorError(
      "NO_SUCH_MODULE",
      `There is no module '${id}'; there are: ${known}.`,
      [id],
    );
  }

  #moduleStatus(id: ModuleId): ModuleStatus {
    const [record] = this.#records(id);
    if (record === undefined) throw new Error(`bug: no record of '${id}'`);
    return moduleStatus(record, this.#sources());
  }

  #sources(): ReportSources {
    const { clock, resources, journal, pid, version, busAddress } = this.#ports;
    const own = resources.own();
    return {
      system: this.#system.name,
      view: this.#store.view,
      wallMs: clock.wallMs(),
      orchestrator: {
        pid,
        version,
        ...own,
        adopted: this.#adopted,
        journal: journal.state,
        bus: busAddress(),
      },
      usage: (instance) => this.#resources.usage(instance),
      enforcement: ({ instance, descriptor }) => resources.enforcement(instance, descriptor.limits),
      configVersion: (module) => this.#configuration.get(module).version,
      statusSinceMs: this.#statusSinceMs,
      startedMs: this.#startedMs,
      openIssues: (instance) => this.#issues.open(instance),
    };
  }
}

export { instanceIds };
