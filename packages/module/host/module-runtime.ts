// module-runtime.ts: the life of one module, told over a control link.
//
//   hello ──▶ welcome ──▶ start() ──▶ ready ──▶ answers … ──▶ stop ──▶ stop() ──▶ stopped ──▶ ended
//     ▲                     │ throws: start-failed, ended
//     └── at every reconnection, with the version of the configuration in force
//
// The author's hooks run one at a time, in the order in which they were asked for; only health and
// throttling do not wait in that line.
import type { ModuleMessage, OrchestratorMessage } from "@skelly-jelly/contract";
import type { EventBus } from "@skelly-jelly/event-bus";
import type { ModuleDefinition, ModuleLog } from "../define-module.ts";
import { checkConfig } from "./config-check.ts";
import type { ControlLink } from "./control-link.ts";
import type { ModuleIdentity } from "./identity.ts";
import {
  askHealth,
  changeLevel,
  commitConfig,
  pauseModule,
  prepareConfig,
  resetModule,
  type Self,
  throttleModule,
} from "./module-answers.ts";
import { createContext } from "./module-context.ts";
import { messageOf } from "./module-log.ts";

export type RuntimeOptions = {
  readonly log: ModuleLog;
  readonly dataDirectory: string;
  /** `null`: the module may not join the bus. Asked once, before start(). */
  readonly openBus: (() => EventBus<any> | Promise<EventBus<any>>) | null;
  /** Measures how late this thread's event loop is; only where the module has the thread to itself. */
  readonly measureLagMs?: () => Promise<number>;
};

/** How a life ended. 0: it was stopped. 78: its configuration cannot work. */
export type ModuleEnd = { readonly code: number; readonly message: string | null };

export type ModuleLife = {
  readonly ended: Promise<ModuleEnd>;
  /** As the `stop` message: for signals and for tests. */
  stop(timeoutMs: number, reason: string): void;
  /** Ends the telling, not the code: a function that runs cannot be killed. */
  abandon(): void;
};

/** A file that holds no module will not hold one at the next attempt either. */
export class NotAModuleError extends Error {
  override readonly name = "NotAModuleError";
}

const EXIT_CONFIG = 78;
const TURNS_MAX = 256;
const UNSENT_MAX = 64;
const BUS_CLOSE_MS = 2000;

type Phase = "greeting" | "starting" | "running" | "stopping" | "ended";
const UNTHROTTLED = { frequencyFactor: 1, concurrencyMax: null };

type Welcome = Extract<OrchestratorMessage, { type: "welcome" }>;

export function runModule(
  given: ModuleDefinition | Promise<ModuleDefinition>,
  link: ControlLink,
  identity: ModuleIdentity,
  options: RuntimeOptions,
): ModuleLife {
  const { log } = options;
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<ModuleEnd>();
  const loading = Promise.resolve(given);
  // Whether it loaded is looked at once the orchestrator has said welcome.
  loading.catch(() => undefined);
  const unsent: ModuleMessage[] = [];
  let phase: Phase = "greeting";
  let definition: ModuleDefinition = { name: identity.instance };
  let turns = 0;
  let line: Promise<void> = Promise.resolve();
  let check: number | null = null;
  let asking = false;

  const send = (message: ModuleMessage): void => {
    if (link.send(message) || message.type !== "error") return;
    // All else is said anew at the next hello; an error report would be lost.
    unsent.push(message);
    if (unsent.length > UNSENT_MAX) unsent.shift();
  };
  const reins = createContext(identity, options, send);
  const self = (): Self => ({ definition, reins });

  const end = async (end: ModuleEnd): Promise<void> => {
    if (phase === "ended") return;
    phase = "ended";
    reins.abort();
    const bus = reins.now.bus;
    if (bus !== null) {
      const closed = await within(BUS_CLOSE_MS, bus.close()).catch(messageOf);
      if (closed !== undefined) log.warn("the event bus did not close", { reason: closed });
    }
    await link.close();
    tellEnd(end);
  };

  const takeTurn = (work: () => Promise<ModuleMessage | null>): void => {
    if (turns >= TURNS_MAX) {
      log.error("too many orders wait; one was dropped");
      return;
    }
    turns += 1;
    line = line.then(async () => {
      const answer = phase === "stopping" || phase === "ended" ? null : await work();
      turns -= 1;
      if (answer !== null) send(answer);
    });
  };

  const start = async (welcome: Welcome): Promise<void> => {
    try {
      definition = await loading;
      const checked = await checkConfig(definition.config, welcome.config);
      if (!checked.ok)
        return failStart(`its configuration is not valid: ${checked.message}`, false);
      reins.now.config = checked.value;
      reins.now.configVersion = welcome.configVersion;
      reins.now.bus = (await options.openBus?.()) ?? null;
      if (welcome.reset === true) await definition.reset?.(reins.ctx);
      await definition.start?.(reins.ctx);
    } catch (error) {
      // A stop aborts what start() waits for; the throw that follows is no failure.
      if (phase !== "starting") return;
      log.error("start() failed", { error });
      return failStart(messageOf(error), !(error instanceof NotAModuleError));
    }
    if (phase !== "starting") return;
    const answers = await settle(welcome);
    if (phase !== "starting") return;
    phase = "running";
    send({ type: "ready" });
    for (const answer of answers) send(answer);
    if (welcome.task === true) stop(TASK_STOP_MS, "its task is done");
  };

  const failStart = async (message: string, retry: boolean): Promise<void> => {
    send({ type: "start-failed", message, retry });
    await end({ code: retry ? 1 : EXIT_CONFIG, message });
  };

  /** Makes level, pausing and throttle what the orchestrator says they should be. */
  const settle = async (welcome: Welcome): Promise<readonly ModuleMessage[]> => {
    const { level, paused, throttle } = welcome;
    const { frequencyFactor, concurrencyMax } = throttle ?? UNTHROTTLED;
    const answers: ModuleMessage[] = [];
    if (
      frequencyFactor !== reins.now.frequencyFactor ||
      concurrencyMax !== reins.now.concurrencyMax
    ) {
      answers.push(throttleModule(self(), frequencyFactor, concurrencyMax));
    }
    if (level !== reins.now.level) answers.push(await changeLevel(self(), level));
    if (paused !== reins.now.paused) answers.push(await pauseModule(self(), paused));
    return answers;
  };

  const greet = (welcome: Welcome): void => {
    for (const message of unsent.splice(0)) send(message);
    if (phase === "greeting") {
      phase = "starting";
      takeTurn(async () => {
        await start(welcome);
        return null;
      });
      return;
    }
    if (phase === "running") {
      send({ type: "ready" });
      // Unasked: whoever has just come back need not wait for its next round to know.
      void answerHealth(null);
    }
    takeTurn(async () => {
      if (welcome.configVersion !== reins.now.configVersion) {
        send(await commitConfig(self(), welcome.configVersion, welcome.config));
      }
      for (const answer of await settle(welcome)) send(answer);
      return null;
    });
  };

  const answerHealth = async (asked: number | null): Promise<void> => {
    if (asked !== null || !asking) check = asked;
    // One question at a time reaches the author's code; its answer counts for the latest check.
    if (asking) return;
    asking = true;
    const [answer, lagMs] =
      phase === "running"
        ? await Promise.all([askHealth(self()), options.measureLagMs?.()])
        : [UNKNOWN_HEALTH, undefined];
    asking = false;
    const numbers =
      lagMs === undefined ? answer.numbers : { eventLoopLagMs: lagMs, ...answer.numbers };
    send({ ...answer, check, numbers });
  };

  const stop = (timeoutMs: number, reason: string): void => {
    if (phase === "stopping" || phase === "ended") return;
    const begun = phase !== "greeting";
    phase = "stopping";
    log.debug("stopping", { reason });
    reins.abort();
    void within(timeoutMs, begun ? putAway() : Promise.resolve()).then(
      () => finish(0, null),
      (error) => {
        const late = error instanceof LateError;
        log.error(late ? "it did not stop in time" : "stop() failed", { error });
        return late ? end({ code: 1, message: messageOf(error) }) : finish(1, messageOf(error));
      },
    );
  };
  const putAway = async (): Promise<void> => {
    await line;
    await definition.stop?.(reins.ctx);
  };
  const finish = async (code: number, message: string | null): Promise<void> => {
    send({ type: "stopped" });
    await end({ code, message });
  };

  link.onOpen(() => {
    const { token, mark: incarnation, pid } = identity;
    const { configVersion } = reins.now;
    link.send({ type: "hello", token, incarnation, pid, configVersion });
  });
  link.onMessage((message) => {
    if (phase === "ended") return;
    switch (message.type) {
      case "welcome":
        return greet(message);
      case "denied":
        log.error("the orchestrator does not know this incarnation", { reason: message.message });
        if (phase === "greeting") return void end({ code: 1, message: message.message });
        return void link.close();
      case "check-health":
        return void answerHealth(message.check);
      case "configure":
        if (message.phase === "abort") return;
        return takeTurn(() => {
          const decide = message.phase === "prepare" ? prepareConfig : commitConfig;
          return decide(self(), message.version, message.config);
        });
      case "set-level":
        return takeTurn(() => changeLevel(self(), message.level));
      case "pause":
      case "resume":
        return takeTurn(() => pauseModule(self(), message.type === "pause"));
      case "throttle":
        return send(throttleModule(self(), message.frequencyFactor, message.concurrencyMax));
      case "reset":
        return takeTurn(() => resetModule(self()));
      case "stop":
        return stop(message.timeoutMs, message.reason);
      default:
        // Commands to a worker host are not a module's business; newer ones are not known here.
        return;
    }
  });
  return {
    ended,
    stop,
    abandon: () => void end({ code: 1, message: "it was abandoned: it did not stop" }),
  };
}

const TASK_STOP_MS = 10_000;

const UNKNOWN_HEALTH = {
  type: "health",
  check: null,
  status: "unknown",
  issues: [],
  numbers: {},
} as const;

class LateError extends Error {
  override readonly name = "LateError";
}

/** Rejects with a LateError when `work` has not settled in time. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new LateError(`not done after ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
