// parts.ts: the managers of one system, wired to each other and to the ports.
import type {
  InstanceId,
  JsonObject,
  ModuleDescriptor,
  ModuleId,
  OrchestratorSettings,
  RunnerKind,
} from "@skelly-jelly/contract";
import type { ModuleRecord } from "../model/module-record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { LogWatch } from "../ports/log-watch.ts";
import type { ModuleRunner } from "../ports/module-runner.ts";
import type { Prober } from "../ports/prober.ts";
import type { Random } from "../ports/random.ts";
import type { ResourceReader } from "../ports/resource-reader.ts";
import { ConfigurationManager } from "./configuration-manager.ts";
import { EventPublisher } from "./event-publisher.ts";
import { HealthMonitor } from "./health-monitor.ts";
import { IssueBook } from "./issue-book.ts";
import { LifecycleController } from "./lifecycle-controller.ts";
import { Lives } from "./lives.ts";
import { ModuleVoice } from "./module-voice.ts";
import { OrchestratorError } from "./orchestrator-error.ts";
import { Readiness } from "./readiness.ts";
import { RecoveryManager } from "./recovery-manager.ts";
import { ResourceManager } from "./resource-manager.ts";
import { SystemStore } from "./system-store.ts";
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
  /** A bug of ours throws, as tests want it; otherwise it fails one module. Default false. */
  readonly strict?: boolean;
};

/** What the parts ask of those who put them together. */
export type PartHooks = {
  readonly settled: () => void;
  readonly restartSystem: (cause: string) => void;
  readonly restartAndSee: (module: ModuleId, cause: string) => Promise<string | null>;
  readonly seeHealth: (module: ModuleId) => Promise<string | null>;
};

export class Parts {
  readonly ports: OrchestratorPorts;
  readonly store: SystemStore;
  readonly lives = new Lives();
  readonly publisher: EventPublisher;
  readonly controller: LifecycleController;
  readonly health: HealthMonitor;
  readonly readiness: Readiness;
  readonly resources: ResourceManager;
  readonly configuration: ConfigurationManager;
  readonly issues: IssueBook;
  readonly waiters: Waiters;
  readonly timers: Timers;

  constructor(settings: OrchestratorSettings, ports: OrchestratorPorts, hooks: PartHooks) {
    const { clock, journal, runners, prober, logs, random } = ports;
    this.ports = ports;
    this.store = new SystemStore(settings, clock);
    this.publisher = new EventPublisher(clock, journal);
    this.waiters = new Waiters(clock);
    this.timers = new Timers(clock);
    this.issues = new IssueBook(this.publisher);
    const { store, lives, publisher, issues, waiters } = this;
    this.configuration = new ConfigurationManager({
      clock,
      journal,
      lives,
      publisher,
      instances: (module) => this.records(module),
      reveal: ports.reveal,
      restart: hooks.restartAndSee,
      checkHealth: hooks.seeHealth,
    });
    const { configuration } = this;
    const voice = new ModuleVoice({
      store,
      lives,
      issues,
      health: () => this.health,
      configuration,
      throttled: (instance, incarnation, applied) =>
        this.resources.answered(instance, incarnation, applied),
      post: (instance, input) => this.controller.post(instance, input),
    });
    this.controller = new LifecycleController({
      store,
      lives,
      clock,
      journal,
      publisher,
      runners,
      recovery: new RecoveryManager(store, clock, random),
      configuration: () => configuration,
      health: () => this.health,
      readiness: () => this.readiness,
      said: voice.heard,
      settled: hooks.settled,
      restartSystem: hooks.restartSystem,
      strict: ports.strict ?? false,
    });
    const { controller } = this;
    this.health = new HealthMonitor({
      store,
      lives,
      clock,
      prober,
      publisher,
      ailing: (instance, incarnation, why) =>
        controller.post(instance, { kind: "ailing", incarnation, failure: why }),
      changed: () => controller.replan(),
      isPausing: (instance) => this.resources.isPausing(instance),
      checked: () => waiters.look(),
    });
    this.readiness = new Readiness({
      clock,
      prober,
      logs,
      isStarting: (instance, incarnation) => {
        const record = store.get(instance);
        return record?.incarnation === incarnation && record.state.kind === "starting";
      },
      ready: (instance, incarnation) => controller.post(instance, { kind: "ready", incarnation }),
    });
    this.resources = new ResourceManager({
      store,
      lives,
      clock,
      reader: ports.resources,
      publisher,
      failed: (instance, incarnation, why) =>
        controller.post(instance, { kind: "ailing", incarnation, failure: why }),
    });
  }

  /** The instances of a module, or the one instance that the id names. */
  records(id: ModuleId | InstanceId): readonly ModuleRecord[] {
    const instances = this.store.instances(id);
    const ids = instances.length > 0 ? instances : [id];
    return ids.map((instance) => this.store.get(instance)).filter((record) => record !== undefined);
  }

  mustKnow(id: ModuleId | InstanceId): ModuleDescriptor {
    const descriptor = this.store.descriptors.get(id) ?? this.store.get(id)?.descriptor;
    if (descriptor !== undefined) return descriptor;
    const known = [...this.store.descriptors.keys()].join(", ");
    const message = `There is no module '${id}'; there are: ${known}.`;
    throw new OrchestratorError("NO_SUCH_MODULE", message, [id]);
  }

  close(): void {
    this.timers.disarmAll();
    this.controller.close();
    this.health.close();
    this.readiness.close();
    this.resources.stop();
  }
}
