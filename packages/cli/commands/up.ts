// up.ts: `skelly up`: starts the system (or attaches to it) and stays with it, unless -d.
import type { Json, SystemDescriptor, SystemStatusReport } from "@skelly-jelly/contract";
import { type Context, findPlace, type Place } from "../context.ts";
import {
  CLIENT_CODES,
  type ControlClient,
  ControlError,
  connectControl,
} from "../control-client.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { requireConfig } from "../find-config.ts";
import { type Interrupt, untilInterrupted } from "../interrupt.ts";
import { awaitStart } from "../live/await-start.ts";
import { followSystem, logEnds } from "../live/foreground.ts";
import { viewOfReport, viewOfSystem } from "../live/system-view.ts";
import { requireSystem } from "../load-system.ts";
import { type StartedDaemon, startDaemon } from "../start-daemon.ts";
import { assertPrivate } from "../state-paths.ts";
import { askStatus } from "./status.ts";

type Ping = {
  readonly pid: number;
  readonly system: string;
  readonly attended: boolean;
};

export async function run(context: Context): Promise<number> {
  const { args, terminal, cwd } = context;
  if (args.words.length > 0) {
    throw usageError(
      `\`skelly up\` starts the whole system (got '${args.words[0]}').`,
      `One module: \`skelly start ${args.words.join(" ")}\`.`,
    );
  }
  if (args.has("no-wait") && !args.has("detach")) throw usageError("--no-wait needs -d.");
  const { file, ignored } = requireConfig(args.value("config"), cwd);
  for (const path of ignored) terminal.complain(`${path} is not read: ${file} comes first.`);
  const system = await requireSystem(file, args.value("profile"), context);
  const place = { ...findPlace(context), configFile: file };

  const interrupt = untilInterrupted();
  try {
    const running = await runningDaemon(place);
    if (running !== null) return await attach(running, system, { place, interrupt }, context);
    return await start(system, { place, interrupt }, context);
  } finally {
    interrupt.release();
  }
}

async function start(
  system: SystemDescriptor,
  { place, interrupt }: { place: Place & { readonly configFile: string }; interrupt: Interrupt },
  context: Context,
): Promise<number> {
  const { args, terminal } = context;
  const logsFrom = logEnds(place.paths.logs);
  const daemon = await startDaemon(
    system,
    place,
    { profile: args.value("profile"), foreground: !args.has("detach") },
    context,
  );
  try {
    await assertOurs(daemon, place);
    const view = viewOfSystem(system, terminal.nowMs());
    const session = {
      client: daemon.client,
      pid: daemon.pid,
      place,
      view,
      lastWords: daemon.lastWords,
      logsFrom,
      interrupt,
    };
    if (!args.has("detach")) return await followSystem(session, context);
    if (args.has("no-wait")) return sayStarted(daemon.pid, system, context);
    return await awaitStart(session, context);
  } finally {
    daemon.client.close();
  }
}

async function runningDaemon(place: Place): Promise<{ client: ControlClient; ping: Ping } | null> {
  try {
    assertPrivate(place.paths);
    const client = await connectControl(place.paths.socket);
    return { client, ping: (await client.request("ping")) as unknown as Ping };
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.code === CLIENT_CODES.notRunning) return null;
    throw new CommandError(EXIT.failed, `An orchestrator may be running: ${error.message}`, [
      `Read ${place.paths.daemonLog}.`,
    ]);
  }
}

/** A daemon whose launcher is gone is taken over; any other is left alone. */
async function attach(
  { client, ping }: { client: ControlClient; ping: Ping },
  system: SystemDescriptor,
  { place, interrupt }: { place: Place; interrupt: Interrupt },
  context: Context,
): Promise<number> {
  try {
    if (ping.attended || context.args.has("detach")) {
      throw new CommandError(EXIT.failed, `${ping.system} is already running (pid ${ping.pid}).`, [
        "See it: `skelly status`. Stop it: `skelly down`.",
      ]);
    }
    const report: SystemStatusReport = await askStatus(client, true);
    context.terminal.complain(
      `${system.name} is running already (pid ${ping.pid}): attached to it.`,
    );
    const lastWords = (): readonly string[] => [`Read ${place.paths.daemonLog}.`];
    const session = {
      client,
      pid: ping.pid,
      place,
      view: viewOfReport(report),
      logsFrom: logEnds(place.paths.logs),
      lastWords,
      interrupt,
    };
    return await followSystem(session, context);
  } finally {
    client.close();
  }
}

/** Two `up` at once: one daemon gets the lock, and both launchers reach that one. */
async function assertOurs({ client, pid }: StartedDaemon, place: Place): Promise<void> {
  const ping = (await client.request("ping").catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.failed, why, [`Read ${place.paths.daemonLog}.`]);
  })) as unknown as Ping;
  if (ping.pid === pid) return;
  throw new CommandError(EXIT.failed, `${ping.system} is already running (pid ${ping.pid}).`, [
    "See it: `skelly status`. Stop it: `skelly down`.",
  ]);
}

function sayStarted(pid: number, { name }: SystemDescriptor, { args, terminal }: Context): number {
  const answer: Json = { system: name, pid };
  if (args.has("json")) terminal.print(JSON.stringify(answer));
  else terminal.print(`${name} is starting (orchestrator pid ${pid}). See \`skelly status\`.`);
  return EXIT.done;
}
