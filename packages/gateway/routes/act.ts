// act.ts: routes that change something: a module's life, a module's configuration.
import type { ApiConfig, Json, JsonObject } from "@skelly-jelly/contract";
import { changePlan, mergePatch } from "../config-plan.ts";
import { HttpProblem } from "../problem.ts";
import { containsMask, redactConfig } from "../redact.ts";
import { type Asked, json, MODULE_ID_PARAM, type Reply, type Route, type Use } from "../route.ts";
import { ANSWERS } from "../schemas.ts";
import { requireModule } from "./look.ts";

const COMMAND_MS = 120_000;
const CONFIG_READ_MS = 5_000;
const HISTORY_MAX = 50;

const WORDS = {
  start: "Starts the module and what it needs; answers when it is up.",
  stop: "Stops the module; its dependents follow what their edges say.",
  restart: "Stops the module and starts it again.",
  recover: "Tries again with a module that was given up.",
} as const;

const TIMEOUT: Route["query"] = {
  timeoutMs: {
    type: "integer",
    minimum: 1,
    maximum: COMMAND_MS,
    description: "Give up waiting after this long.",
  },
};

const LIFE_ROUTES: readonly Route[] = (Object.keys(WORDS) as (keyof typeof WORDS)[]).map(
  (verb) => ({
    method: "POST",
    path: `/v1/modules/{id}/${verb}`,
    id: `${verb}Module`,
    says: WORDS[verb],
    tag: "modules",
    role: "control",
    params: { id: MODULE_ID_PARAM },
    query: TIMEOUT,
    body: { type: "object", additionalProperties: false },
    answers: {
      type: "application/json",
      schema: ANSWERS.module,
      says: "The module as it is now.",
      others: { "409": "It could not be done; the problem says why." },
    },
    handle: async ({ params, query }, use) => {
      const { id } = requireModule(params["id"], use);
      const { timeoutMs } = query;
      const args = { module: params["id"] ?? id, ...(timeoutMs !== undefined && { timeoutMs }) };
      return json(await command(use, verb, args, COMMAND_MS + 1_000));
    },
  }),
);

export const ACT_ROUTES: readonly Route[] = [
  ...LIFE_ROUTES,
  {
    method: "GET",
    path: "/v1/modules/{id}/config",
    id: "getConfig",
    says: "The configuration in force with its version, and the versions before it. Secrets are masked.",
    tag: "configuration",
    role: "read",
    params: { id: MODULE_ID_PARAM },
    answers: { type: "application/json", schema: ANSWERS.config, says: "The configuration." },
    handle: async ({ params }, use) => {
      const module = moduleId(params["id"], use);
      const { version, config } = await readConfig(module, use);
      const value: ApiConfig = {
        module,
        version,
        config: redactConfig(config),
        history: historyOf(module, use),
      };
      return { kind: "json", value, headers: { etag: `"${version}"` } };
    },
  },
  {
    method: "PATCH",
    path: "/v1/modules/{id}/config",
    id: "changeConfig",
    says: "Changes the configuration by a merge patch (RFC 7396). With `dryRun` it only answers what would happen.",
    tag: "configuration",
    role: "control",
    params: { id: MODULE_ID_PARAM },
    query: {
      dryRun: { type: "boolean", description: "Answer with the plan; change nothing." },
    },
    body: { type: "object" },
    bodyTypes: ["application/json", "application/merge-patch+json"],
    answers: {
      type: "application/json",
      schema: ANSWERS.change,
      says: "The new version, or with `dryRun` the plan.",
      others: {
        "409": "The module refused it, or was not well with it and has its last good one back.",
        "412": "`If-Match` names another version than the one in force.",
      },
    },
    handle: changeConfig,
  },
];

async function changeConfig({ params, query, body, headers }: Asked, use: Use): Promise<Reply> {
  const module = moduleId(params["id"], use);
  if (containsMask(body)) {
    throw new HttpProblem(422, "A masked value would be stored as it is shown.", {
      code: "MASKED",
      detail: "Send only what changes, and secrets as references (env:NAME, file:PATH).",
    });
  }
  const before = await readConfig(module, use);
  const match = headers["if-match"];
  const wanted = match === undefined || match === "*" ? null : /^"(\d{1,12})"$/.exec(match)?.[1];
  if (wanted === undefined || (wanted !== null && Number(wanted) !== before.version)) {
    throw new HttpProblem(412, `Version ${before.version} is in force.`, {
      code: "CONFIG_OUTDATED",
    });
  }
  const config = mergePatch(before.config, body) as JsonObject;
  if (query["dryRun"] === true) {
    const { mirror } = use;
    return json(
      changePlan(module, { ...before, next: config }, mirror.description(), mirror.status()),
    );
  }
  const args = { module, config, ifVersion: before.version, by: "control API" };
  return json(await command(use, "config-replace", args, COMMAND_MS));
}

const moduleId = (id: string | undefined, use: Use): string =>
  requireModule(id, use).id.replace(/#\d+$/, "");

async function readConfig(
  module: string,
  { mirror }: Use,
): Promise<{ readonly version: number; readonly config: JsonObject }> {
  const answer = await mirror.ask("config-state", { module }, CONFIG_READ_MS);
  return answer as { readonly version: number; readonly config: JsonObject };
}

function historyOf(module: string, { mirror }: Use): ApiConfig["history"] {
  return mirror.events
    .filter((event) => event.type === "config-changed")
    .filter((event) => event.module === module)
    .slice(-HISTORY_MAX)
    .reverse()
    .map(({ version, previousVersion, timeMs, outcome, by, config }) => ({
      version,
      previousVersion,
      timeMs,
      outcome,
      by,
      config,
    }));
}

let underway = 0;

/** A flood of commands stays here. */
async function command(
  { mirror, limits }: Use,
  verb: string,
  args: Readonly<Record<string, Json>>,
  timeoutMs: number,
): Promise<Json> {
  if (underway >= limits.commandsMax) {
    throw new HttpProblem(429, "Too many commands are under way.", {
      headers: { "retry-after": "1" },
    });
  }
  underway += 1;
  try {
    return await mirror.command(verb, args, timeoutMs);
  } finally {
    underway -= 1;
  }
}
