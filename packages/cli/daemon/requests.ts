// requests.ts: what the command may ask of the daemon on the control socket.

import type { ClientRequest } from "@skelly-jelly/contract";
import {
  didYouMean,
  getAtPath,
  type Json,
  type JsonObject,
  type SystemEvent,
  setAtPath,
} from "@skelly-jelly/contract";
import {
  type ClientCall,
  type Orchestrator,
  OrchestratorError,
} from "@skelly-jelly/orchestrator/internal";
import { describeSystem } from "./describe-system.ts";
import type { GatewayWish } from "./hidden-modules.ts";

export type RequestUse = {
  readonly orchestrator: Orchestrator;
  readonly ping: () => JsonObject;
  /** Resolves when the first start has settled; rejects with why it failed. */
  readonly started: Promise<void>;
  /** Its launcher stays with the system for as long as this call is open. */
  readonly attend: (call: ClientCall) => void;
  /** Stops everything and then the daemon; `answer` is called between the two. */
  readonly shutDown: (timeoutMs: number | undefined, why: string) => Promise<JsonObject>;
  readonly killNow: () => void;
  /** Ends the daemon and leaves every module running, for the next one to take over. */
  readonly leave: () => JsonObject;
  /** Adds the gateway to the system; resolves once it is up, or with why it cannot be added. */
  readonly gatewayUp: (wish: GatewayWish) => Promise<string | null>;
};

type Handler = (args: JsonObject, call: ClientCall, use: RequestUse) => Promise<Json> | Json;

const HANDLERS: Readonly<Record<string, Handler>> = {
  ping: (_args, _call, { ping }) => ping(),
  status: ({ all }, _call, { orchestrator }) => asJson(orchestrator.status(all === true)),
  "await-start": async ({ attend }, call, use) => {
    if (attend === true) use.attend(call);
    follow(use.orchestrator, call, null);
    await use.started;
    return asJson(use.orchestrator.status());
  },
  start: (args, call, use) =>
    act(args, call, use, (id, ms) => use.orchestrator.startModule(id, ms)),
  stop: (args, call, use) => act(args, call, use, (id, ms) => use.orchestrator.stopModule(id, ms)),
  restart: (args, call, use) =>
    act(args, call, use, (id, ms) => use.orchestrator.restartModule(id, ms)),
  recover: (args, call, use) =>
    act(args, call, use, (id, ms) => use.orchestrator.recoverModule(id, ms)),
  down: ({ timeoutMs, reason }, call, { orchestrator, shutDown }) => {
    follow(orchestrator, call, null);
    return shutDown(
      typeof timeoutMs === "number" ? timeoutMs : undefined,
      typeof reason === "string" ? reason : "asked to stop",
    );
  },
  leave: (_args, _call, { leave }) => leave(),
  kill: (_args, _call, { killNow }) => {
    killNow();
    return {};
  },
  events,
  describe: (_args, _call, { orchestrator }) => describeSystem(orchestrator.descriptor),
  "gateway-up": async ({ port }, _call, { gatewayUp }) => {
    const refusal = await gatewayUp({ port: typeof port === "number" ? port : null });
    if (refusal !== null) throw new OrchestratorError("INVALID_CONFIG", refusal);
    return {};
  },
  "config-state": ({ module }, _call, { orchestrator }) =>
    asJson(orchestrator.config(moduleOf(module, orchestrator))),
  "config-replace": async ({ module, config, ifVersion, by }, _call, { orchestrator }) => {
    const id = moduleOf(module, orchestrator);
    if (typeof config !== "object" || config === null || Array.isArray(config)) {
      throw new OrchestratorError("INVALID_CONFIG", "A configuration is an object.");
    }
    const now = orchestrator.config(id).version;
    if (typeof ifVersion === "number" && ifVersion !== now) {
      const message = `'${id}' is at version ${now} by now, not ${ifVersion}.`;
      throw new OrchestratorError("CONFIG_OUTDATED", message, [id]);
    }
    const who = typeof by === "string" ? by : "control socket";
    const { version, outcome } = await orchestrator.updateConfig(id, config as JsonObject, who);
    return { version, outcome };
  },
  "config-get": ({ module, path }, _call, { orchestrator }) => {
    const { config } = orchestrator.config(moduleOf(module, orchestrator));
    if (typeof path !== "string") return config;
    const value = getAtPath(config, path) as Json | undefined;
    if (value !== undefined) return value;
    throw new OrchestratorError("NO_SUCH_PATH", `'${String(module)}' has nothing at '${path}'.`);
  },
  "config-set": async ({ module, path, value }, _call, { orchestrator }) => {
    const id = moduleOf(module, orchestrator);
    if (typeof path !== "string" || value === undefined) {
      throw new OrchestratorError("INVALID_CONFIG", "A path and a value are needed.");
    }
    const changed = setAtPath(orchestrator.config(id).config, path, value);
    if (!changed.ok) throw new OrchestratorError("INVALID_CONFIG", changed.message);
    const next = changed.config as JsonObject;
    const { version, outcome } = await orchestrator.updateConfig(id, next, "skelly config set");
    return { version, outcome };
  },
};

export function answer(request: ClientRequest, call: ClientCall, use: RequestUse): void {
  const handle = HANDLERS[request.verb];
  if (handle === undefined) {
    return call.fail("UNKNOWN_VERB", `'${request.verb}' is not known to this orchestrator.`);
  }
  Promise.resolve()
    .then(() => handle(request.args, call, use))
    .then((value) => call.done(value))
    .catch((error: unknown) => {
      if (error instanceof OrchestratorError) {
        return call.fail(error.code, error.message, [...error.modules]);
      }
      // What is not one of ours is a bug: it goes to the daemon's log whole, to the client in short.
      console.error(error);
      call.fail("INTERNAL", error instanceof Error ? error.message : String(error));
    });
}

async function act(
  { module, timeoutMs }: JsonObject,
  call: ClientCall,
  { orchestrator }: RequestUse,
  work: (id: string, timeoutMs?: number) => Promise<unknown>,
): Promise<Json> {
  const id = moduleOf(module, orchestrator);
  follow(orchestrator, call, id);
  return asJson(await work(id, typeof timeoutMs === "number" ? timeoutMs : undefined));
}

function moduleOf(module: Json | undefined, { descriptor }: Orchestrator): string {
  const ids = descriptor.modules.map(({ id }) => id);
  const name = String(module).replace(/#\d+$/, "");
  if (ids.includes(name)) return String(module);
  const message = [`There is no module '${String(module)}'.`, didYouMean(name, ids)]
    .filter(Boolean)
    .join(" ");
  throw new OrchestratorError("NO_SUCH_MODULE", message, [String(module)]);
}

/** Everything from now on; the stream ends with the call. */
function follow(orchestrator: Orchestrator, call: ClientCall, module: string | null): void {
  const away = orchestrator.onEvent((event) => {
    if (!call.open) return away();
    if (module === null || concerns(event, module)) call.item(asJson(event));
  });
  call.onClose(away);
}

const concerns = (event: SystemEvent, module: string): boolean =>
  "module" in event && (event.module === module || event.module?.startsWith(`${module}#`) === true);

/** The journal first, then what happens, without a gap and without one told twice. */
function events(
  { follow: stay, attend, afterSeq, limit, module, types }: JsonObject,
  call: ClientCall,
  use: RequestUse,
): Promise<Json> {
  const { orchestrator } = use;
  const only = typeof module === "string" ? moduleOf(module, orchestrator) : undefined;
  const past = orchestrator.journal.query({
    ...(only !== undefined && { module: only }),
    ...(typeof afterSeq === "number" && { afterSeq }),
    ...(Array.isArray(types) && { types: types.map(String) }),
    limit: typeof limit === "number" ? limit : 1000,
  });
  for (const event of past) call.item(asJson(event));
  if (stay !== true) return Promise.resolve({});
  if (attend === true) use.attend(call);
  return new Promise((resolve) => {
    const away = orchestrator.onEvent((event) => {
      if (only === undefined || concerns(event, only)) call.item(asJson(event));
    });
    call.onClose(() => {
      away();
      resolve({});
    });
  });
}

const asJson = (value: unknown): Json => value as Json;
