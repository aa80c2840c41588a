// main.ts: the daemon: one orchestrator for one system, with its lock, its control socket and nothing else.
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JsonObject, Problem, SystemDescriptor } from "@skelly-jelly/contract";
import {
  acquireLock,
  type ClientCall,
  createControlSocket,
  createSystemClock,
  OrchestratorError,
  readProcStat,
  trimMemory,
} from "@skelly-jelly/orchestrator/internal";
import type { DaemonStart } from "../start-daemon.ts";
import { prepareHome, statePaths } from "../state-paths.ts";
import { type BusProjection, projectToBus } from "./bus-projection.ts";
import { type BusFile, prepareBus } from "./bus-users.ts";
import { compose } from "./compose.ts";
import { createGatewayWish } from "./gateway-wish.ts";
import { GATEWAY_ID, hubOf, withHiddenModules } from "./hidden-modules.ts";
import { closeInheritedFiles } from "./inherited-files.ts";
import { answer } from "./requests.ts";
import { watchConfig } from "./watch-config.ts";

/** What only the start needed is given back once the system has come to rest. */
const TRIM_AFTER_MS = 3000;
const EXIT_LOCKED = 1;
const GATEWAY_UP_MS = 20_000;
const BY_DASHBOARD = "skelly dashboard";

const log = (message: string): void => console.error(`${new Date().toISOString()} ${message}`);

async function main(): Promise<void> {
  closeInheritedFiles();
  const start = await readStart();
  const paths = statePaths(start.home, process.env);
  prepareHome(paths);
  const lock = await acquireLock(paths.home);
  if (!lock.ok) {
    log(`another orchestrator (pid ${lock.pid}) has this system`);
    process.exit(EXIT_LOCKED);
  }
  const clock = createSystemClock({ keepAlive: true });
  let bus: BusFile | null = null;
  const gateway = createGatewayWish(paths.gatewayWish);
  const describe = async (system: SystemDescriptor): Promise<SystemDescriptor> => {
    if (hubOf(system) !== null)
      bus = await prepareBus(paths.bus, system, join(start.home, "bus.sock"));
    return withHiddenModules(system, start, gateway.now);
  };
  const system = await describe(start.system);

  let handle: Parameters<typeof createControlSocket>[0]["onRequest"] = (_request, call) =>
    call.fail("STARTING", "The orchestrator is only just starting.");
  const control = createControlSocket({
    path: paths.socket,
    clock,
    log,
    onRequest: (request, call) => handle(request, call),
  });
  const { orchestrator, close } = compose({ start, system, paths, control, bus: () => bus, log });
  orchestrator.onEvent((event) => {
    if (event.type === "note") log(event.message);
  });

  let ending: Promise<JsonObject> | null = null;
  const attendants = new Set<ClientCall>();
  const isAttended = (): boolean => {
    for (const call of attendants) if (!call.attended) attendants.delete(call);
    return attendants.size > 0;
  };
  let projection: BusProjection | null = null;
  /** The bus comes and goes with those who join it, and so do we. */
  const project = async (now: SystemDescriptor): Promise<void> => {
    if (hubOf(now) === null) {
      bus = null;
      projection?.close();
      projection = null;
    } else if (bus !== null) projection ??= await projectToBus(orchestrator, bus, log);
  };
  await project(start.system);
  /** The user's own part of what runs. */
  let described = start.system;
  let changing: Promise<unknown> = Promise.resolve();
  /** One change of the system at a time. */
  const apply = (
    next: () => SystemDescriptor,
    by: string,
    then: () => Promise<unknown> = async () => {},
  ): Promise<string | null> => {
    const work = changing.then(async () => {
      const wanted = next();
      const result = await orchestrator.applySystem(await describe(wanted), by);
      if (!result.ok) return result.message;
      described = wanted;
      await project(wanted);
      await then();
      return null;
    });
    changing = work.catch(() => undefined);
    return work;
  };
  const bringUpGateway = (): Promise<unknown> =>
    orchestrator.getModuleState(GATEWAY_ID)?.kind === "failed"
      ? orchestrator.recoverModule(GATEWAY_ID, GATEWAY_UP_MS)
      : orchestrator.startModule(GATEWAY_ID, GATEWAY_UP_MS);
  const watch = watchConfig({
    file: start.configFile,
    profile: start.profile,
    nodePath: start.nodePath,
    program: start.files.readConfig,
    log,
    apply: async (next) => {
      const refusal = await apply(() => next, start.configFile);
      if (refusal !== null) orchestrator.reject([refusal]);
    },
    rejected: (problems) => orchestrator.reject(problems.map(sentence)),
  });

  const finish = async (code: number, leaveRunning = false): Promise<never> => {
    watch.close();
    projection?.close();
    await orchestrator.close({ leaveRunning });
    if (!leaveRunning) gateway.forget();
    close();
    await control.close();
    rmSync(paths.daemonFile, { force: true });
    lock.release();
    process.exit(code);
  };
  const shutDown = (timeoutMs: number | undefined, why: string): Promise<JsonObject> => {
    log(`stopping: ${why}`);
    ending ??= orchestrator.stopSystem(timeoutMs).then((report) => report as unknown as JsonObject);
    return ending;
  };
  const started = orchestrator.startSystem();
  // Whoever asks is told; that nobody does is no reason to end badly.
  started.catch((error: Error) => log(`the system did not start: ${error.message}`));

  handle = (request, call) =>
    answer(request, call, {
      orchestrator,
      ping: () => ({
        pid: process.pid,
        version: start.version,
        system: system.name,
        configFile: start.configFile,
        attended: isAttended(),
      }),
      started,
      attend(who) {
        attendants.add(who);
      },
      shutDown,
      killNow: () => orchestrator.killAll(),
      leave: () => {
        if (ending !== null) throw new OrchestratorError("SYSTEM_STOPPING", "It is stopping.");
        log("left to the next orchestrator");
        setImmediate(() => void finish(0, true));
        return { pid: process.pid, modules: orchestrator.status(true).modules.length };
      },
      gatewayUp: async (wish) => {
        gateway.ask(wish);
        try {
          return await apply(() => described, BY_DASHBOARD, bringUpGateway);
        } catch (error) {
          // A port that cannot be had must not stay asked for.
          gateway.takeBack();
          await apply(() => described, BY_DASHBOARD);
          throw error;
        }
      },
    });

  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (ending !== null) return orchestrator.killAll();
      void shutDown(undefined, name);
    });
  }
  process.on("SIGHUP", () => watch.reload());
  await control.opened;
  writeFileSync(
    paths.daemonFile,
    `${JSON.stringify({
      pid: process.pid,
      startTime: readProcStat(process.pid)?.startTicks,
      version: start.version,
      socketPath: paths.socket,
      configFile: start.configFile,
      startedAt: new Date().toISOString(),
    })}\n`,
    { mode: 0o600 },
  );
  const failed = await started.then(
    () => null,
    (error: unknown) => error,
  );
  if (failed === null) {
    setTimeout(() => {
      const enabled = process.env["SKELLY_TRIM"] !== "off";
      const trimmed = trimMemory({ enabled, resolveFrom: [dirname(start.files.readConfig)] });
      log(`start-up pages: ${JSON.stringify(trimmed)}`);
    }, TRIM_AFTER_MS).unref();
    finishWhenDone();
  }
  await orchestrator.whenStopped();
  if (ending !== null) await ending;
  // Those who asked get their answer before the door closes.
  await new Promise((resolve) => setImmediate(resolve));
  await finish(failed instanceof OrchestratorError ? 1 : 0);

  /** A system of tasks is over when they are. */
  function finishWhenDone(): void {
    const look = (): void => {
      if (!orchestrator.isFinished || ending !== null) return;
      void shutDown(undefined, "all that there was to do is done");
    };
    orchestrator.onEvent(() => setImmediate(look));
    look();
  }
}

const sentence = ({ message, suggestion, file, line }: Problem): string =>
  `${file ?? ""}${line === null ? "" : `:${line}`} ${message}` +
  (suggestion === null ? "" : `; ${suggestion}`);

/** One line of JSON on stdin. */
async function readStart(): Promise<DaemonStart> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as DaemonStart;
}

// A supervisor that ends for a bug of its own leaves everything unwatched: it says so and goes on.
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    log(
      `bug (${event}): ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  });
}

main().catch((error: unknown) => {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
