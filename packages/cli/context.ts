// context.ts: what every command is given, and how it finds its system's state and its daemon.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Arguments, Flag } from "./args.ts";
import {
  CLIENT_CODES,
  type ControlClient,
  ControlError,
  connectControl,
} from "./control-client.ts";
import { CommandError, EXIT } from "./exit-codes.ts";
import { findConfig, requireConfig } from "./find-config.ts";
import {
  assertPrivate,
  type DaemonFile,
  homeOf,
  type StatePaths,
  statePaths,
} from "./state-paths.ts";
import type { Environment, Terminal } from "./terminal.ts";

/** Where the installed program's own files are. */
export type Program = {
  readonly root: string;
  readonly dist: string;
  readonly version: string;
};

export type Context = {
  readonly args: Arguments;
  readonly terminal: Terminal;
  readonly env: Environment;
  readonly cwd: string;
  readonly program: Program;
};

/** One verb, as `help` and `completion` know it; the code behind it is loaded when it is used. */
export type Verb = {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** `hidden`: for completion scripts; not in help. */
  readonly group: "make" | "run" | "look" | "other" | "hidden";
  /** What follows the verb: `<module…>`. */
  readonly takes?: string;
  readonly says: string;
  readonly more?: readonly string[];
  readonly flags?: readonly Flag[];
  /** Its words are module ids: for completion. */
  readonly completesModules?: boolean;
  readonly load: () => Promise<{ run(context: Context): Promise<number> }>;
};

export type Place = {
  /** `null` when only SKELLY_HOME says where the state is. */
  readonly configFile: string | null;
  readonly paths: StatePaths;
};

/** The system meant by `-c`, by SKELLY_HOME, or by the nearest configuration file. */
export function findPlace({ args, env, cwd }: Context): Place {
  const named = args.value("config");
  const found = findConfig(named, cwd);
  const home = homeOf(found?.file ?? null, env);
  if (home === null) {
    requireConfig(named, cwd);
    throw new Error("bug: a configuration was found only the second time");
  }
  return { configFile: found?.file ?? null, paths: statePaths(home, env) };
}

/** A client, or a CommandError that says why there is none. The caller closes it. */
export async function openClient(place: Place): Promise<ControlClient> {
  try {
    assertPrivate(place.paths);
    return await connectControl(place.paths.socket);
  } catch (error) {
    if (!(error instanceof ControlError)) throw new CommandError(EXIT.failed, String(error));
    throw asCommandError(error, place);
  }
}

/** Runs `work` with a client, closed afterwards; the daemon's refusals become CommandErrors. */
export async function withClient<T>(
  place: Place,
  work: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const client = await openClient(place);
  try {
    return await work(client);
  } catch (error) {
    throw error instanceof ControlError ? asCommandError(error, place) : error;
  } finally {
    client.close();
  }
}

const EXIT_OF_CODE: Readonly<Record<string, number>> = {
  [CLIENT_CODES.notRunning]: EXIT.notRunning,
  [CLIENT_CODES.noAnswer]: EXIT.timedOut,
  START_TIMEOUT: EXIT.timedOut,
  STOP_TIMEOUT: EXIT.timedOut,
  SYSTEM_START_TIMEOUT: EXIT.timedOut,
  TIMED_OUT: EXIT.timedOut,
  NO_SUCH_MODULE: EXIT.usage,
  CONFIG_INVALID: EXIT.badConfig,
  INVALID_CONFIG: EXIT.badConfig,
};

export function asCommandError(error: ControlError, place: Place): CommandError {
  const exitCode = EXIT_OF_CODE[error.code] ?? EXIT.failed;
  if (error.code === CLIENT_CODES.notRunning) {
    return new CommandError(exitCode, ...whyNotRunning(place));
  }
  if (error.code === CLIENT_CODES.noAnswer || error.code === CLIENT_CODES.gone) {
    return new CommandError(exitCode, error.message, [`Read ${place.paths.daemonLog}.`]);
  }
  return new CommandError(exitCode, error.message, furtherProblems(error));
}

/** What the message itself does not name already. */
export const furtherProblems = ({ message, problems }: ControlError): string[] =>
  problems
    .map((problem) => (typeof problem === "string" ? problem : JSON.stringify(problem)))
    .filter((text) => !message.includes(text));

/** Tells "was never started" from "died without a goodbye" and "lives but is deaf". */
function whyNotRunning(place: Place): [string, readonly string[]] {
  const name = place.configFile === null ? place.paths.home : basename(place.configFile);
  const where = dirname(place.paths.home);
  const daemon = readDaemonFile(place.paths);
  if (daemon === null) return [`Not running (${join(where, name)}).`, ["Start it: `skelly up`."]];
  if (isAlive(daemon)) {
    return [
      `The orchestrator (pid ${daemon.pid}) lives, but its control socket does not answer.`,
      [`Read ${place.paths.daemonLog}; end it with \`kill ${daemon.pid}\`.`],
    ];
  }
  return [
    `Not running: the orchestrator (pid ${daemon.pid}, started ${daemon.startedAt}) ` +
      "ended without stopping its system.",
    ["Its modules may still run; `skelly up` takes charge of them again."],
  ];
}

/** `null` when there is none, or it cannot be read as one. */
export function readDaemonFile(paths: StatePaths): DaemonFile | null {
  try {
    const file = JSON.parse(readFileSync(paths.daemonFile, "utf8")) as DaemonFile;
    return typeof file.pid === "number" ? file : null;
  } catch {
    // Missing or half-written: then it says nothing, and the socket alone decides.
    return null;
  }
}

/** By pid and, where known, start time, so that a stranger with the same pid does not count. */
export function isAlive({ pid, startTime }: DaemonFile): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not asked how.
    if (fields[0] === "Z" || fields[0] === "X") return false;
    return startTime === undefined || Number(fields[19]) === startTime;
  } catch {
    // No /proc here: the pid is all that is known.
    return true;
  }
}
