// look-back.ts: what happened, from the orchestrator while it runs, else from the journal that it left.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Edge, Json, SystemEvent, SystemStatusReport } from "@skelly-jelly/contract";
import { askStatus } from "../commands/status.ts";
import { type Context, type Place, withClient } from "../context.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { findRuntime } from "../runtime.ts";

/** Modules and their edges, as far as they are known. */
export type KnownModule = { readonly id: string; readonly dependsOn: readonly Edge[] };

export type LookBack = {
  /** `null`: no orchestrator runs. */
  readonly status: SystemStatusReport | null;
  /** Oldest first. */
  readonly events: readonly SystemEvent[];
  readonly modules: readonly KnownModule[];
  /** What the system is called; `null` when neither orchestrator nor file says. */
  readonly name: string | null;
};

/** The daemon sends at most 8 MB that nobody has read yet; an event has about half a kB. */
const EVENTS_MAX = 8_000;
const READ_TIMEOUT_MS = 20_000;
const OUTPUT_MAX_BYTES = 256 * 1024 * 1024;

/** Without an orchestrator: a CommandError when it has left no journal either. */
export async function lookBack(
  place: Place,
  types: readonly SystemEvent["type"][],
  context: Context,
): Promise<LookBack> {
  try {
    return await withClient(place, async (client) => {
      const status = await askStatus(client, true);
      const events: SystemEvent[] = [];
      const onItem = (item: Json): void => void events.push(item as unknown as SystemEvent);
      await client.request("events", { limit: EVENTS_MAX, types: [...types] }, { onItem });
      const described = (await client.request("describe")) as unknown as LookBack;
      return { status, events, modules: described.modules, name: described.name };
    });
  } catch (error) {
    const silent = error instanceof CommandError && SILENT.has(error.exitCode);
    if (!silent) throw error;
    if (!existsSync(place.paths.journal)) throw error;
    const events = await readEvents(place.paths.journal, types, context);
    return { status: null, events, ...(await systemOfFile(place, context)) };
  }
}

/** Nothing listens, or what listens does not answer: the file tells all the same. */
const SILENT: ReadonlySet<number> = new Set([EXIT.notRunning, EXIT.timedOut]);

/** By a short-lived Node.js that has SQLite, which the one that runs this may lack. */
async function readEvents(
  journal: string,
  types: readonly string[],
  { program, env }: Context,
): Promise<SystemEvent[]> {
  const node = findRuntime(program.dist, env).path;
  const words = [
    "--no-warnings",
    join(program.dist, "read-journal.mjs"),
    journal,
    JSON.stringify({ types, limit: EVENTS_MAX }),
  ];
  const text = await new Promise<string>((done, fail) => {
    const limits = { timeout: READ_TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES };
    execFile(node, words, { encoding: "utf8", ...limits }, (error, out, err) => {
      if (error === null) return done(out);
      const why = /^\w*Error: .*$/m.exec(err)?.[0] ?? error.message;
      fail(new CommandError(EXIT.failed, `The journal could not be read: ${why}`, [journal]));
    });
  });
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as SystemEvent);
}

/** Edges are only in the file now. One that is wrong at the moment tells none. */
async function systemOfFile(
  place: Place,
  context: Context,
): Promise<Pick<LookBack, "modules" | "name">> {
  if (place.configFile === null) return { modules: [], name: null };
  const { loadSystem } = await import("../load-system.ts");
  const { system } = await loadSystem(place.configFile, null, context);
  return { modules: system?.modules ?? [], name: system?.name ?? null };
}
