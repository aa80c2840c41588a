// start-daemon.ts: the orchestrator brought to life in a session of its own, until it listens.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SystemDescriptor } from "@skelly-jelly/contract";
import type { Context, Place } from "./context.ts";
import {
  CLIENT_CODES,
  type ControlClient,
  ControlError,
  connectControl,
} from "./control-client.ts";
import { CommandError, EXIT } from "./exit-codes.ts";
import { findRuntime } from "./runtime.ts";
import { prepareHome } from "./state-paths.ts";

/** The one line of JSON that the daemon reads from its stdin. */
export type DaemonStart = {
  readonly system: SystemDescriptor;
  readonly home: string;
  readonly configFile: string;
  readonly profile: string | null;
  readonly foreground: boolean;
  readonly version: string;
  readonly files: {
    readonly processHost: string;
    readonly workerHost: string;
    readonly workerThread: string;
    readonly hubModule: string;
    readonly readConfig: string;
    readonly gateway: string;
  };
  readonly nodePath: string;
};

/** Small heap, no optimising compilers: the daemon is idle nearly always (see bench/). */
const NODE_FLAGS = [
  "--optimize-for-size",
  "--max-semi-space-size=1",
  // 2 MB of the binary's pages less, for a start that takes some milliseconds more.
  "--no-node-snapshot",
  "--no-opt",
  "--no-maglev",
  "--max-old-space-size=64",
];
const LISTEN_TIMEOUT_MS = 10_000;
const RETRY_MS = 10;
const TAIL_LINES = 15;

export type StartedDaemon = {
  readonly client: ControlClient;
  readonly pid: number;
  /** The last lines that this daemon wrote, for when it ends badly. */
  lastWords(): readonly string[];
};

export async function startDaemon(
  system: SystemDescriptor,
  place: Place & { readonly configFile: string },
  options: { readonly profile: string | null; readonly foreground: boolean },
  { program, env }: Context,
): Promise<StartedDaemon> {
  const { path: nodePath } = findRuntime(program.dist, env);
  const { paths, configFile } = place;
  prepareHome(paths);
  mkdirSync(paths.logs, { recursive: true });
  const log = openSync(paths.daemonLog, "a", 0o600);
  const logStart = fstatSync(log).size;
  const lastWords = (): readonly string[] => wordsSince(paths.daemonLog, logStart);
  const at = (name: string): string => join(program.dist, name);
  const start: DaemonStart = {
    system,
    home: paths.home,
    configFile,
    profile: options.profile,
    foreground: options.foreground,
    version: program.version,
    files: {
      processHost: at("process-host.mjs"),
      workerHost: at("worker-host.mjs"),
      workerThread: at("worker-thread.mjs"),
      hubModule: at("hub-module.mjs"),
      readConfig: at("read-config.mjs"),
      gateway: at("gateway.mjs"),
    },
    nodePath,
  };
  // Node.js marks every inherited descriptor close-on-exec: the daemon gets these three only.
  const child = spawn(nodePath, [...NODE_FLAGS, at("daemon.cjs")], {
    cwd: dirname(configFile),
    detached: true,
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  const ended = watchEnd(child);
  child.stdin?.on("error", () => {
    // It ended before it had read everything: `ended` tells, with its last words.
  });
  child.stdin?.end(`${JSON.stringify(start)}\n`);
  const client = await untilListening(paths.socket, ended, lastWords);
  child.unref();
  return { client, pid: child.pid ?? 0, lastWords };
}

/** It does not listen yet, it is only just starting, or an earlier one is just leaving. */
const NOT_YET: ReadonlySet<string> = new Set([
  CLIENT_CODES.notRunning,
  CLIENT_CODES.gone,
  "STARTING",
]);

type End = { readonly now: string | null };

/** How it ended, in words; `null` while it lives. */
function watchEnd(child: ChildProcess): End {
  const end: { now: string | null } = { now: null };
  child.once("error", (error) => {
    end.now = `could not be started: ${error.message}`;
  });
  child.once("exit", (code, signal) => {
    end.now = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
  });
  return end;
}

async function untilListening(
  socket: string,
  ended: End,
  lastWords: () => readonly string[],
): Promise<ControlClient> {
  for (const from = performance.now(); performance.now() - from < LISTEN_TIMEOUT_MS; ) {
    if (ended.now !== null) {
      throw new CommandError(EXIT.failed, `The orchestrator ${ended.now}.`, lastWords());
    }
    let client: ControlClient | null = null;
    try {
      client = await connectControl(socket);
      await client.request("ping");
      return client;
    } catch (error) {
      client?.close();
      const waits = error instanceof ControlError && NOT_YET.has(error.code);
      if (!waits) throw error;
    }
    await sleep(RETRY_MS);
  }
  throw new CommandError(
    EXIT.timedOut,
    `The orchestrator did not open its control socket within ${LISTEN_TIMEOUT_MS / 1000} s.`,
    lastWords(),
  );
}

function wordsSince(path: string, start: number): string[] {
  const text = readFileSync(path).subarray(start).toString("utf8").trimEnd();
  return text === "" ? [`${path} says nothing.`] : text.split("\n").slice(-TAIL_LINES);
}
