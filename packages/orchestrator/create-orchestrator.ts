// create-orchestrator.ts: the library's composition root: a whole system inside the program that embeds it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CONTROL_ENV,
  formatProblems,
  isError,
  type JsonObject,
  type ModuleConfig,
  type ModuleId,
  type ModuleIdOf,
  type ModuleStatus,
  resolveSecrets,
  resolveSystem,
  type SystemConfig,
  type SystemDescriptor,
  subjectOf,
} from "@skelly-jelly/contract";
import { machine } from "@skelly-jelly/contract/internal";
import { createEventBus, type EventBus, servePort } from "@skelly-jelly/event-bus";
import { borrowBus } from "@skelly-jelly/module/internal";
import type { ConfigResult } from "./engine/configuration-manager.ts";
import type { EventListener } from "./engine/event-publisher.ts";
import { Orchestrator, type StopReport, type SystemHealthReport } from "./engine/orchestrator.ts";
import { OrchestratorError } from "./engine/orchestrator-error.ts";
import type { ModuleState } from "./model/module-state.ts";
import { type ControlSocket, createControlSocket } from "./node/control-socket.ts";
import { enforcementWish } from "./node/enforcement-wish.ts";
import { createInProcessRunner } from "./node/in-process-runner.ts";
import { createLogCollector } from "./node/log-collector.ts";
import { createModuleResources } from "./node/module-resources.ts";
import { createNetProber } from "./node/net-prober.ts";
import { processHostCommand } from "./node/process-host-command.ts";
import { createProcessRunner } from "./node/process-runner.ts";
import { createSystemClock } from "./node/system-clock.ts";
import { systemRandom } from "./node/system-random.ts";
import { createWorkerRunner } from "./node/worker-runner.ts";
import { type Journal, memoryJournal } from "./ports/journal.ts";

export type OrchestratorOptions = {
  /** What relative paths in the configuration are relative to. Default: the working directory. */
  readonly directory?: string;
  /** Where logs and modules' data are kept. Default: a temporary folder that goes with `close()`. */
  readonly home?: string;
  /** Default: one that forgets when the program ends. */
  readonly journal?: Journal;
  /** Gets each line that in-process and worker modules log. Default: this program's own output. */
  readonly output?: (instance: string, stream: "out" | "err", line: string) => void;
  /** Where process modules find the bus: what `serveHub` returned. Without it they join none. */
  readonly hub?: { readonly address: { readonly port: number | null } };
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** A running system, with its module ids typed by its own configuration. */
export type RunningSystem<Id extends ModuleId = ModuleId> = {
  /** Resolves when all that is required is ready; rejects with the culprit, everything stopped again. */
  startSystem(): Promise<void>;
  /** Stops in reverse order; after `timeoutMs` what still runs is killed. Safe to call twice. */
  stopSystem(timeoutMs?: number): Promise<StopReport>;
  getSystemHealth(): SystemHealthReport;
  /** Undefined for a module that is not registered. */
  getModuleState(id: Id | (string & {})): ModuleState | undefined;
  startModule(id: Id): Promise<ModuleStatus>;
  stopModule(id: Id): Promise<ModuleStatus>;
  restartModule(id: Id): Promise<ModuleStatus>;
  recoverModule(id: Id): Promise<ModuleStatus>;
  /** Replaces its whole configuration; rejects when it is refused, and then nothing has changed. */
  updateConfig(id: Id, config: JsonObject): Promise<Extract<ConfigResult, { ok: true }>>;
  /** Also one that nobody had heard of, before the start or after it. */
  registerModule(id: string, module: ModuleConfig): Promise<void>;
  onEvent(listener: EventListener): () => void;
  readonly bus: EventBus<any>;
  /** Stops what runs and lets go of everything, the temporary folder included. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Makes an orchestrator inside this program. Nothing is started yet. Rejects with INVALID_CONFIG and
 * every problem of the configuration. Without a bus of yours it makes one.
 */
export async function createOrchestrator<const Config extends SystemConfig>(
  config: Config,
  eventBus?: EventBus<any>,
  options: OrchestratorOptions = {},
): Promise<RunningSystem<ModuleIdOf<Config>>> {
  const directory = options.directory ?? process.cwd();
  const env = options.env ?? process.env;
  const system = resolve(config, directory, env);
  const home = options.home ?? mkdtempSync(join(tmpdir(), "skelly-"));
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const bus = eventBus ?? createEventBus<Record<string, any>>();
  const clock = createSystemClock({ keepAlive: true });
  const control = createControlSocket({
    path: join(home, "control.sock"),
    clock,
    log: (message) => options.output?.("skelly", "err", message),
    onRequest: (_request, call) => call.fail("UNSUPPORTED", "This orchestrator is a library's."),
  });
  await control.opened;
  const parts = compose(system, { options, home, bus, clock, control, env });
  const { orchestrator } = parts;
  const away = orchestrator.onEvent((event) =>
    bus.publish(subjectOf(system.name, event), JSON.parse(JSON.stringify(event))),
  );
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await orchestrator.stopSystem();
    away();
    await orchestrator.close();
    parts.close();
    await control.close();
    if (eventBus === undefined) await bus.close();
    if (options.home === undefined) rmSync(home, { recursive: true, force: true });
  };
  let described: SystemConfig = config;
  return {
    startSystem: () => orchestrator.startSystem(),
    stopSystem: (timeoutMs) => orchestrator.stopSystem(timeoutMs),
    getSystemHealth: () => orchestrator.getSystemHealth(),
    getModuleState: (id) => orchestrator.getModuleState(id),
    startModule: (id) => orchestrator.startModule(id),
    stopModule: (id) => orchestrator.stopModule(id),
    restartModule: (id) => orchestrator.restartModule(id),
    recoverModule: (id) => orchestrator.recoverModule(id),
    updateConfig: (id, next) => orchestrator.updateConfig(id, next),
    async registerModule(id, module) {
      if (described.modules !== undefined && id in described.modules) {
        throw new OrchestratorError("DUPLICATE_MODULE", `A module '${id}' is registered already.`, [
          id,
        ]);
      }
      const next: SystemConfig = { ...described, modules: { ...described.modules, [id]: module } };
      const descriptor = resolve(next, directory, env).modules.find((each) => each.id === id);
      if (descriptor === undefined) throw new Error(`bug: '${id}' was not resolved`);
      await orchestrator.registerModule(descriptor);
      described = next;
    },
    onEvent: (listener) => orchestrator.onEvent(listener),
    bus,
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

function resolve(
  config: SystemConfig,
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): SystemDescriptor {
  const { system, problems } = resolveSystem(config, { directory, env, machine, embedded: true });
  if (system !== null && !problems.some(isError)) return system;
  throw new OrchestratorError("INVALID_CONFIG", formatProblems(problems, { color: false }));
}

type Surroundings = {
  readonly options: OrchestratorOptions;
  readonly home: string;
  readonly bus: EventBus<any>;
  readonly clock: ReturnType<typeof createSystemClock>;
  readonly control: ControlSocket;
  readonly env: Readonly<Record<string, string | undefined>>;
};

function compose(
  system: SystemDescriptor,
  { options, home, bus, clock, control, env }: Surroundings,
): { readonly orchestrator: Orchestrator; close(): void } {
  const logs = createLogCollector({ directory: join(home, "logs"), clock });
  const port = options.hub?.address.port ?? null;
  const shared = {
    system: system.name,
    home,
    ...(options.output !== undefined && { output: options.output }),
  };
  const processes = createProcessRunner({
    system: system.name,
    runDirectory: join(home, "run"),
    baseEnv: env,
    controlSocket: control.path,
    extraEnv: ({ descriptor }) => ({
      SKELLY_HOME: home,
      ...(descriptor.bus !== null &&
        port !== null && { [CONTROL_ENV.busUrl]: `nats://127.0.0.1:${port}` }),
    }),
    entryCommand: processHostCommand,
    channels: control,
    spool: logs,
    dieWithHost: system.orchestrator.onOrchestratorDeath === "stop-with-me",
    cgroups: enforcementWish(env) !== "watched",
  });
  const resources = createModuleResources({ clock, directory: home, processes });
  const orchestrator = new Orchestrator(system, {
    clock,
    random: systemRandom,
    journal: options.journal ?? memoryJournal(),
    runners: {
      process: processes,
      worker: createWorkerRunner({
        ...shared,
        serveBus: (port, { descriptor }) => {
          if (descriptor.bus !== null) servePort(bus, port, { permissions: descriptor.bus });
        },
      }),
      "in-process": createInProcessRunner({ ...shared, openBus: () => borrowBus(bus) }),
    },
    prober: createNetProber({ clock }),
    resources,
    logs,
    reveal: (values) =>
      resolveSecrets(values, { env, readFile: (path) => readFileSync(path, "utf8") }).values,
    pid: process.pid,
    version: "0.1.0",
    busAddress: () => "in-process",
  });
  return {
    orchestrator,
    close() {
      resources.close();
      logs.close();
    },
  };
}
