// world.ts: a whole system made of glass: the real core, virtual time, modules that do as told.
import type {
  MachineReading,
  ModuleDescriptor,
  ModuleStatus,
  OrchestratorSettings,
  SystemEvent,
  Usage,
} from "@skelly-jelly/contract";
import { Orchestrator } from "../engine/orchestrator.ts";
import { type Journal, memoryJournal } from "../ports/journal.ts";
import type { ProbeAnswer } from "../ports/prober.ts";
import type { Random } from "../ports/random.ts";
import { system } from "./descriptors.ts";
import { FakeRunner } from "./fake-runner.ts";
import { constantRandom } from "./seeded-random.ts";
import { SimClock } from "./sim-clock.ts";

export type WorldOptions = {
  readonly settings?: Partial<OrchestratorSettings>;
  readonly random?: Random;
  readonly journal?: Journal;
  readonly clock?: SimClock;
};

const UNKNOWN_MACHINE: MachineReading = {
  cpuPercent: null,
  cores: null,
  memoryTotalBytes: null,
  memoryAvailableBytes: null,
  load: null,
  diskFreeBytes: null,
  pressure: { cpu: null, memory: null, io: null },
};

export class World {
  readonly clock: SimClock;
  readonly runner: FakeRunner;
  readonly orchestrator: Orchestrator;
  readonly events: SystemEvent[] = [];
  readonly usage = new Map<string, Usage>();
  /** What keeps limits, by module; missing is nothing but watching. */
  readonly enforcedBy = new Map<string, NonNullable<ModuleStatus["enforcedBy"]>>();
  /** Percent of time in which somebody waits for memory; `null` is unknown. */
  memoryPressure: number | null = null;
  /** What outside probes answer, by module; missing is ok. */
  readonly probes = new Map<string, () => ProbeAnswer>();

  constructor(modules: readonly ModuleDescriptor[], options: WorldOptions = {}) {
    this.clock = options.clock ?? new SimClock();
    this.runner = new FakeRunner(this.clock);
    const runner = this.runner;
    this.orchestrator = new Orchestrator(system(modules, options.settings), {
      clock: this.clock,
      random: options.random ?? constantRandom(1),
      journal: options.journal ?? memoryJournal(),
      runners: { process: runner, worker: runner, "in-process": runner },
      prober: {
        ask: async (_probe, { id }) => this.probes.get(id)?.() ?? { ok: true, tookMs: 1 },
      },
      resources: {
        read: () => this.usage,
        own: () => ({ rssBytes: 0, cpuPercent: null }),
        enforcement: () => "none",
        enforcedBy: (instance) => this.enforcedBy.get(instance) ?? {},
        machine: () => ({
          ...UNKNOWN_MACHINE,
          pressure: { cpu: null, memory: this.memoryPressure, io: null },
        }),
      },
      logs: { waitForLine: () => () => {} },
      reveal: (config) => config,
      pid: 1,
      version: "test",
      busAddress: () => "none",
      strict: true,
    });
    this.orchestrator.onEvent((event) => this.events.push(event));
  }

  /** Starts the system and lets `ms` go by; the start's outcome is kept for `started`. */
  async start(ms = 100): Promise<void> {
    this.started = this.orchestrator.startSystem().then(
      () => "up",
      (error: Error) => error.message,
    );
    await this.clock.advance(ms);
  }

  started: Promise<string> = Promise.resolve("not asked for");

  async stop(ms = 100): Promise<void> {
    this.stopped = this.orchestrator.stopSystem();
    await this.clock.advance(ms);
  }

  stopped: ReturnType<Orchestrator["stopSystem"]> | null = null;

  state(id: string): string {
    return this.orchestrator.getModuleState(id)?.kind ?? "unknown module";
  }

  /** `storage starting`, `storage running`, …: every state a module entered, in order. */
  story(id?: string): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === "module-state-changed" && (id === undefined || event.module === id)
        ? [id === undefined ? `${event.module} ${event.to}` : event.to]
        : [],
    );
  }
}
