// run-here.ts: runs one module as its environment says, in a process or in a thread.
import type { ModuleDefinition, ModuleLog } from "../define-module.ts";
import type { ControlLink } from "./control-link.ts";
import { type ControlEnvironment, idOf } from "./identity.ts";
import { lazyBus } from "./lazy-bus.ts";
import { type ModuleLife, type RuntimeOptions, runModule } from "./module-runtime.ts";
import { socketLink } from "./socket-link.ts";

export type HereOptions = {
  /** Loading goes on while the link is opened. */
  readonly definition: ModuleDefinition | Promise<ModuleDefinition>;
  readonly environment: ControlEnvironment;
  readonly log: ModuleLog;
  /** The thread is the module's alone, so that the loop's lag is its own. */
  readonly ownThread: boolean;
  /** Default: the socket that the environment names. */
  readonly link?: ControlLink;
  /** Default: the hub that the environment names. */
  readonly openBus?: RuntimeOptions["openBus"];
};

/** Returns a sentence when the environment names no socket and no link is given. */
export function runHere(options: HereOptions): ModuleLife | string {
  const { environment, log, definition } = options;
  const { socketPath, identity } = environment;
  if (options.link === undefined && socketPath === null) return "SKELLY_CONTROL is not set";
  const link = options.link ?? socketLink(socketPath as string, log);
  return runModule(definition, link, identity, {
    log,
    dataDirectory: environment.dataDirectory,
    openBus: options.openBus === undefined ? busOpener(options) : options.openBus,
    ...(options.ownThread && { measureLagMs }),
  });
}

function busOpener({ environment, log }: HereOptions): RuntimeOptions["openBus"] {
  const { bus, identity } = environment;
  if (bus === null) return null;
  return async () => {
    // Modules without a bus never pay for its code.
    const { openBus } = await import("@skelly-jelly/event-bus");
    const { url, socketPath } = bus;
    return lazyBus(() =>
      openBus({
        url,
        ...(socketPath !== null && { socketPath }),
        name: idOf(identity.instance),
        onError: (error) => log.error("event bus", { error }),
      }),
    );
  };
}

/** One turn of the event loop by the shortest timer; what it takes beyond that is lag. */
function measureLagMs(): Promise<number> {
  const askedMs = performance.now();
  return new Promise((resolve) => {
    setTimeout(() => {
      const lagMs = Math.max(0, performance.now() - askedMs - TIMER_MIN_MS);
      resolve(Math.round(lagMs * 100) / 100);
    }, TIMER_MIN_MS);
  });
}

const TIMER_MIN_MS = 1;
