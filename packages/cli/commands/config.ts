// config.ts: `skelly config get|set`: read or change a module's configuration.
import { getAtPath, type Json, type JsonObject } from "@skelly-jelly/contract";
import { type Context, findPlace, withClient } from "../context.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { requireSystem } from "../load-system.ts";
import { didYouMean } from "../nearest.ts";
import { harmless } from "../render/width.ts";
import { askStatus } from "./status.ts";
import { CONFIG_NOT_BUILT } from "./verbs.ts";

/** A change may restart the module: its startup timeout and the probation come on top. */
const SET_TIMEOUT_MS = 180_000;
const VERBS = ["get", "set"];

export async function run(context: Context): Promise<number> {
  const [verb, ...words] = context.args.words;
  if (verb === "get") return get(words, context);
  if (verb === "set") return set(words, context);
  if (verb === undefined) throw usageError("`skelly config` needs get or set.", HELP);
  if (CONFIG_NOT_BUILT.includes(verb)) throw usageError(`skelly config ${verb} is not built yet.`);
  throw usageError(`\`skelly config ${verb}\` is not a command.${didYouMean(verb, VERBS)}`, HELP);
}

const HELP = "See `skelly help config`.";

async function get(words: readonly string[], context: Context): Promise<number> {
  const [module, path, ...more] = words;
  if (more.length > 0) throw usageError("`skelly config get` takes a module and a path.", HELP);
  const value =
    module === undefined ? await everyConfig(context) : await oneConfig(module, path, context);
  const { args, terminal } = context;
  const asText = typeof value === "string" && !args.has("json");
  terminal.print(
    asText ? harmless(value, false) : JSON.stringify(value, null, args.has("json") ? 0 : 2),
  );
  return EXIT.done;
}

/** What is in force while it runs, else what the file says. */
async function oneConfig(
  module: string,
  path: string | undefined,
  context: Context,
): Promise<Json> {
  try {
    return await withClient(findPlace(context), (client) =>
      client.request("config-get", { module, ...(path !== undefined && { path }) }),
    );
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== EXIT.notRunning) throw error;
    const all = await fileConfigs(context, error);
    const config = all[module];
    if (config === undefined) {
      throw usageError(`There is no module '${module}'.${didYouMean(module, Object.keys(all))}`);
    }
    return path === undefined ? config : valueAt(config, path, module);
  }
}

async function everyConfig(context: Context): Promise<Json> {
  try {
    return await withClient(findPlace(context), async (client) => {
      const { modules } = await askStatus(client, false);
      const ids = [...new Set(modules.map(({ id }) => id.replace(/#\d+$/, "")))];
      const configs = ids.map(async (module) => [
        module,
        await client.request("config-get", { module }),
      ]);
      return Object.fromEntries(await Promise.all(configs)) as JsonObject;
    });
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== EXIT.notRunning) throw error;
    return fileConfigs(context, error);
  }
}

async function fileConfigs(context: Context, notRunning: CommandError): Promise<JsonObject> {
  const { configFile } = findPlace(context);
  if (configFile === null) throw notRunning;
  const { modules } = await requireSystem(configFile, null, context);
  return Object.fromEntries(modules.map(({ id, config }) => [id, config]));
}

function valueAt(config: Json, path: string, module: string): Json {
  const value = getAtPath(config, path) as Json | undefined;
  if (value !== undefined) return value;
  const keys = typeof config === "object" && config !== null ? Object.keys(config) : [];
  throw new CommandError(
    EXIT.failed,
    `'${module}' has no configuration at '${path}'.${didYouMean(path, keys)}`,
  );
}

async function set(words: readonly string[], context: Context): Promise<number> {
  const [module, path, text, ...more] = words;
  if (module === undefined || path === undefined || text === undefined || more.length > 0) {
    throw usageError("Usage: skelly config set <module> <path> <value>", HELP);
  }
  const { args, terminal } = context;
  const value = args.has("text") ? text : asJson(text);
  const answer = await withClient(findPlace(context), (client) =>
    client.request("config-set", { module, path, value }, { timeoutMs: SET_TIMEOUT_MS }),
  );
  if (args.has("json")) {
    terminal.print(JSON.stringify(answer));
    return EXIT.done;
  }
  const { version, outcome, message } = answer as JsonObject;
  const { paint, symbols } = terminal;
  const says = typeof message === "string" && message !== "" ? ` ${harmless(message, false)}` : "";
  terminal.print(
    `${paint.green(symbols.ok)} ${module}: ${path} = ${JSON.stringify(value)}, ` +
      `${String(outcome)} as version ${String(version)}.${says}`,
  );
  return EXIT.done;
}

function asJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Not JSON: then it is text, as most people mean it.
    return text;
  }
}
