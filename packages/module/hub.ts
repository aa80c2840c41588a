// hub.ts: the event bus's hub as a module: a flood of messages is then one failed module, not a deaf system.
import { readFileSync } from "node:fs";
import { CONTROL_ENV } from "@skelly-jelly/contract";
import { type HubOptions, type RunningHub, serveHub } from "@skelly-jelly/event-bus";
import { defineModule, type ModuleContext, type ModuleDefinition } from "./define-module.ts";
import { messageOf } from "./host/module-log.ts";
import { watchFile } from "./host/watch-file.ts";

/** What the file named by SKELLY_HUB_CONFIG holds. */
export type HubFile = Pick<HubOptions, "port" | "socketPath" | "users"> &
  Partial<Pick<HubOptions, "host" | "serverName" | "limits" | "token">>;

const LAME_DUCK_MS = 200;

type Life = { readonly file: string; readonly hub: RunningHub; read: HubFile; unwatch(): void };

/** `file`: default the one that the environment names. */
export function createHubModule(file?: string): ModuleDefinition {
  let life: Life | null = null;

  /** Users and limits can change while it serves; where it listens cannot. */
  const reload = (): "applied" | "restart-needed" => {
    if (life === null) return "restart-needed";
    const read = readHubFile(life.file);
    if (listensElsewhere(life.read, read)) return "restart-needed";
    life.hub.reload({ users: read.users, ...(read.limits && { limits: read.limits }) });
    life.read = read;
    return "applied";
  };

  return defineModule({
    name: "event-bus",
    async start(ctx) {
      const path = file ?? process.env[CONTROL_ENV.hubConfig];
      if (path === undefined) {
        throw new Error(
          `${CONTROL_ENV.hubConfig} is not set: say \`hub: true\` of this module in the system's file`,
        );
      }
      const read = readHubFile(path);
      const hub = await serveHub({ ...read, log: (line) => ctx.log.info(line) });
      const unwatch = watchFile(path, () => onFileChange(ctx, reload));
      life = { file: path, hub, read, unwatch };
      ctx.log.info("the event bus listens", hub.address);
    },
    health: () => ({ ...(life?.hub.stats() ?? {}) }),
    reconfigure: () => reload(),
    async stop() {
      life?.unwatch();
      await life?.hub.lameDuck(LAME_DUCK_MS);
      life = null;
    },
  });
}

export const hubModule: ModuleDefinition = createHubModule();

function onFileChange(ctx: ModuleContext<any, any>, reload: () => string): void {
  try {
    const outcome = reload();
    if (outcome === "applied") ctx.log.info("the hub's file was read again");
    else ctx.log.warn("the hub's file names another address: that takes a restart of this module");
  } catch (error) {
    // Half-written or wrong: what was good stays in force.
    ctx.log.warn("the hub's file was not taken", { reason: messageOf(error) });
  }
}

const listensElsewhere = (one: HubFile, other: HubFile): boolean =>
  one.host !== other.host || one.port !== other.port || one.socketPath !== other.socketPath;

/** Throws with a sentence that names the file. */
export function readHubFile(path: string): HubFile {
  const wrong = (what: string): Error => new Error(`${path}: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw wrong(messageOf(error));
  }
  if (typeof value !== "object" || value === null) throw wrong("it must hold an object");
  const { port = null, socketPath = null, users } = value as Partial<HubFile>;
  if (!Array.isArray(users)) throw wrong("users must be a list");
  if (port === null && socketPath === null) throw wrong("it names neither port nor socketPath");
  return { ...value, port, socketPath, users };
}
