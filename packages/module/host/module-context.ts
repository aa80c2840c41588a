// module-context.ts: the `ctx` that a module's author is given, and the reins of it that the runtime holds.
import { mkdirSync } from "node:fs";
import type { ModuleMessage } from "@skelly-jelly/contract";
import type { EventBus } from "@skelly-jelly/event-bus";
import type { ModuleContext, ModuleLog } from "../define-module.ts";
import { idOf, type ModuleIdentity } from "./identity.ts";
import { messageOf } from "./module-log.ts";
import { createSchedule, type Schedule } from "./schedule.ts";

/** What is true of the module now. The runtime writes it, the author reads it as `ctx`. */
export type ModuleNow = {
  config: any;
  configVersion: number;
  level: string;
  paused: boolean;
  frequencyFactor: number;
  concurrencyMax: number | null;
  bus: EventBus<any> | null;
};

export type ContextReins = {
  readonly ctx: ModuleContext<any, any>;
  readonly now: ModuleNow;
  readonly schedule: Schedule;
  /** True when the author's code can obey pausing, or throttling, by itself. */
  readonly heeds: { pause: boolean; throttle: boolean };
  /** Aborts `ctx.signal`; nothing scheduled runs any more. */
  abort(): void;
};

/** Thrown by `ctx.bus` in a module that has no bus. */
export class BusOffError extends Error {
  override readonly name = "BusOffError";
  readonly code = "BUS_OFF";
}

export function createContext(
  identity: ModuleIdentity,
  use: { readonly log: ModuleLog; readonly dataDirectory: string },
  send: (message: ModuleMessage) => void,
): ContextReins {
  const stopping = new AbortController();
  const heeds = { pause: false, throttle: false };
  const now: ModuleNow = {
    config: {},
    configVersion: 0,
    level: "full",
    paused: false,
    frequencyFactor: 1,
    concurrencyMax: null,
    bus: null,
  };
  const report: ModuleContext["report"] = (severity, errorType, message) =>
    send({ type: "error", severity, errorType, message });
  const schedule = createSchedule((error) => {
    use.log.error("work at an interval failed", { error });
    report("medium", "crash", messageOf(error));
  });
  let hasFolder = false;

  const ctx: ModuleContext<any, any> = {
    id: idOf(identity.instance),
    system: identity.system,
    incarnation: identity.incarnation,
    log: use.log,
    signal: stopping.signal,
    report,
    every(intervalMs, work) {
      heeds.pause = true;
      heeds.throttle = true;
      schedule.every(intervalMs, work);
    },
    get config() {
      return now.config;
    },
    get level() {
      return now.level;
    },
    get paused() {
      heeds.pause = true;
      return now.paused;
    },
    get frequencyFactor() {
      heeds.throttle = true;
      return now.frequencyFactor;
    },
    get concurrencyMax() {
      heeds.throttle = true;
      return now.concurrencyMax;
    },
    get bus() {
      if (now.bus !== null) return now.bus;
      throw new BusOffError(
        `'${identity.instance}' has no event bus: allow it to join (bus: in its description).`,
      );
    },
    get dataDirectory() {
      if (!hasFolder) mkdirSync(use.dataDirectory, { recursive: true, mode: 0o700 });
      hasFolder = true;
      return use.dataDirectory;
    },
  };
  return {
    ctx,
    now,
    schedule,
    heeds,
    abort() {
      schedule.close();
      stopping.abort();
    },
  };
}
