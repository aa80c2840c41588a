// compose.ts: the composition root: every port made real, for one system under the command.
import { existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CONTROL_ENV, type SystemDescriptor } from "@skelly-jelly/contract";
import {
  type ControlSocket,
  createHostedRunner,
  createLogCollector,
  createModuleResources,
  createNetProber,
  createProcessRunner,
  createSqliteJournal,
  createSystemClock,
  enforcementWish,
  gatherLeft,
  type HostedRunner,
  hostedThreadsFile,
  type ModuleRunner,
  Orchestrator,
  type StartRequest,
  safeInstance,
  spoolsLeft,
  systemRandom,
} from "@skelly-jelly/orchestrator/internal";
import type { DaemonStart } from "../start-daemon.ts";
import { type StatePaths, shortHash } from "../state-paths.ts";
import { type BusFile, busUrl } from "./bus-users.ts";
import { HOSTS, hostOf } from "./hidden-modules.ts";
import { hostLines } from "./host-lines.ts";
import { reveal, withSecrets } from "./secret-env.ts";

const GATHER_AFTER_MS = 1000;

export type Composition = {
  readonly orchestrator: Orchestrator;
  /** Lets go of what is not the orchestrator's own. */
  close(): void;
};

type Use = {
  readonly start: DaemonStart;
  /** With the hidden modules. */
  readonly system: SystemDescriptor;
  readonly paths: StatePaths;
  readonly control: ControlSocket;
  readonly bus: () => BusFile | null;
  readonly log: (message: string) => void;
};

export function compose({ start, system, paths, control, bus, log }: Use): Composition {
  const clock = createSystemClock({ keepAlive: true });
  const logs = createLogCollector({ directory: paths.logs, clock });
  const left = spoolsLeft(paths.run);
  const extraEnv = (request: StartRequest): Readonly<Record<string, string>> =>
    surroundings(request, start, paths, bus());
  const processes = createProcessRunner({
    system: system.name,
    runDirectory: paths.run,
    baseEnv: process.env,
    controlSocket: control.path,
    extraEnv,
    entryCommand: (file) => [start.nodePath, start.files.processHost, file],
    channels: control,
    spool: logs,
    dieWithHost: system.orchestrator.onOrchestratorDeath === "stop-with-me",
    cgroups: enforcementWish(process.env) !== "watched",
  });
  const lines = hostLines(processes);
  const hosted = (host: string, mode: "worker" | "main-thread"): HostedRunner =>
    createHostedRunner({
      system: system.name,
      mode,
      host: lines.line(host),
      channels: control,
      controlSocket: control.path,
      spoolPaths: (instance, incarnation) => spoolPaths(paths.run, instance, incarnation),
      spool: spoolWithLimits(logs, () => orchestrator),
      extraEnv,
      threads: hostedThreadsFile(
        join(paths.run, `${safeInstance(host)}.threads.json`),
        () => lines.survived(host),
        (error) => log(`threads of '${host}' could not be noted: ${String(error)}`),
      ),
    });
  const threads = {
    [HOSTS.worker.required]: hosted(HOSTS.worker.required, "worker"),
    [HOSTS.worker.optional]: hosted(HOSTS.worker.optional, "worker"),
    [HOSTS["in-process"].required]: hosted(HOSTS["in-process"].required, "main-thread"),
    [HOSTS["in-process"].optional]: hosted(HOSTS["in-process"].optional, "main-thread"),
  };
  const resources = createModuleResources({
    clock,
    directory: start.home,
    processes,
    threads: function* () {
      for (const runner of Object.values(threads)) {
        yield* runner.usage();
        runner.askUsage();
      }
    },
  });
  const orchestrator: Orchestrator = new Orchestrator(system, {
    clock,
    random: systemRandom,
    journal: createSqliteJournal({ path: paths.journal, clock }),
    runners: {
      process: withSecrets(lines.runner),
      worker: withSecrets(byHost(threads, HOSTS.worker)),
      "in-process": withSecrets(byHost(threads, HOSTS["in-process"])),
    },
    prober: createNetProber({ clock }),
    resources,
    logs,
    reveal,
    pid: process.pid,
    version: start.version,
    busAddress: () => {
      const file = bus();
      return file === null ? "none" : `nats://${file.host}:${file.port}`;
    },
  });
  // Survivors are adopted before the first event; strays among them may take a moment to die.
  const adopted = orchestrator.onEvent(() => {
    adopted();
    clock.after(GATHER_AFTER_MS, () => {
      gatherLeft(left, logs, (instance) => logLimits(orchestrator, instance)).catch((error) =>
        log(`output of earlier lives could not be copied: ${String(error)}`),
      );
    });
  });
  return {
    orchestrator,
    close() {
      resources.close();
      // Nothing lives any more: what could not be copied at its end (the disk was full) is copied now.
      for (const spool of spoolsLeft(paths.run)) {
        logs.attach({ ...spool, ...logLimits(orchestrator, spool.instance) });
        void logs.detach(spool.instance, spool.incarnation);
      }
      logs.close();
      // Who could read it has ended.
      rmSync(configFolder(start.home), { recursive: true, force: true });
    },
  };
}

/** Worker modules go to one of two hosts: by whether the system needs them. */
function byHost(
  threads: Readonly<Record<string, HostedRunner>>,
  { required, optional }: { readonly required: string; readonly optional: string },
): ModuleRunner {
  const both = [threads[required], threads[optional]] as [HostedRunner, HostedRunner];
  const of = ({ descriptor }: StartRequest): HostedRunner =>
    hostOf(descriptor) === required ? both[0] : both[1];
  return {
    start: (request, tell) => of(request).start(request, tell),
    survivors: () => both.flatMap((runner) => runner.survivors()),
    adopt: (survivor, request, tell) => of(request).adopt(survivor, request, tell),
    release: (instance) => {
      for (const runner of both) runner.release(instance);
    },
    close: async (options) => {
      await Promise.all(both.map((runner) => runner.close(options)));
    },
  };
}

function spoolPaths(run: string, instance: string, incarnation: number) {
  const folder = join(run, safeInstance(instance));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    outPath: join(folder, `${incarnation}.out`),
    errPath: join(folder, `${incarnation}.err`),
  };
}

/** Also for an instance that is no longer in the system. */
function logLimits({ descriptor }: Orchestrator, instance: string) {
  const id = instance.replace(/#\d+$/, "");
  const found = descriptor.modules.find((module) => module.id === id);
  return found?.logs ?? { maxSizeBytes: 10_000_000, keep: 5 };
}

/** A thread's runner does not know its module's log limits; the descriptor does. */
function spoolWithLimits(
  logs: ReturnType<typeof createLogCollector>,
  orchestrator: () => Orchestrator,
) {
  return {
    attach(spool: Omit<Parameters<typeof logs.attach>[0], "maxSizeBytes" | "keep">): void {
      logs.attach({ ...spool, ...logLimits(orchestrator(), spool.instance) });
    },
    detach: (instance: string, incarnation: number) => logs.detach(instance, incarnation),
  };
}

/** What a module finds in its environment besides its own. */
function surroundings(
  { instance, descriptor, welcome }: StartRequest,
  { home }: DaemonStart,
  paths: StatePaths,
  bus: BusFile | null,
): Readonly<Record<string, string>> {
  const url = bus === null ? null : busUrl(bus, descriptor.id);
  return {
    SKELLY_HOME: home,
    ...(bus !== null &&
      url !== null && {
        [CONTROL_ENV.busUrl]: url,
        [CONTROL_ENV.busSocket]: bus.socketPath,
      }),
    ...(descriptor.hub && { [CONTROL_ENV.hubConfig]: paths.bus }),
    ...(descriptor.run.kind !== "entry" &&
      Object.keys(welcome.config).length > 0 && {
        [CONTROL_ENV.configFile]: writeConfigFile(instance, welcome.config, home),
      }),
  };
}

/**
 * Its configuration may hold secrets by now: it goes where nothing is written to a disk, when there
 * is such a place, and only its owner may read it.
 */
function writeConfigFile(instance: string, config: unknown, home: string): string {
  const folder = configFolder(home);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${safeInstance(instance)}.json`);
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(config)}\n`, { mode: 0o600 });
  return path;
}

/** One for each system, whatever their folders are called. */
function configFolder(home: string): string {
  const memory = `/dev/shm/skelly-${process.getuid?.() ?? 0}`;
  return usable(memory) ? join(memory, shortHash(home)) : join(home, "config");
}

/** A folder that somebody else has made, or may look into, is no place for secrets. */
function usable(folder: string): boolean {
  if (!existsSync(dirname(folder))) return false;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(folder);
    return uid === process.getuid?.() && (mode & 0o077) === 0;
  } catch {
    // No memory file system here, or something else of that name.
    return false;
  }
}
