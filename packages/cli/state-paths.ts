// state-paths.ts: where a system keeps its state. The daemon and the command agree here.
import { lstatSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export type StatePaths = {
  readonly home: string;
  readonly socket: string;
  readonly lock: string;
  readonly daemonFile: string;
  readonly journal: string;
  readonly logs: string;
  readonly run: string;
  readonly data: string;
  readonly bus: string;
  readonly daemonLog: string;
  /** Where the gateway listens for those who may read this folder. */
  readonly gatewaySocket: string;
  /** What the gateway says of itself: its address and its tokens. */
  readonly gatewayFile: string;
  /** That somebody asked for a gateway; outlives a daemon that died. */
  readonly gatewayWish: string;
};

/** What `.skelly/daemon.json` says of the daemon that runs (or ran last). */
export type DaemonFile = {
  readonly pid: number;
  /** Clock ticks since boot (field 22 of /proc/PID/stat), so that a reused pid is told apart. */
  readonly startTime?: number;
  readonly version: string;
  readonly socketPath: string;
  readonly configFile: string;
  /** ISO 8601. */
  readonly startedAt: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Linux allows 108 bytes, macOS 104, both with a final zero. */
const SOCKET_PATH_MAX_BYTES = 100;

/** `.skelly` beside the configuration, or `SKELLY_HOME`. Symbolic links give the same answer. */
export function homeOf(configFile: string | null, env: Environment): string | null {
  const chosen = env["SKELLY_HOME"];
  if (chosen !== undefined && chosen !== "") return resolve(chosen);
  return configFile === null ? null : join(realDirectory(dirname(resolve(configFile))), ".skelly");
}

export function statePaths(home: string, env: Environment): StatePaths {
  const at = (name: string): string => join(home, name);
  return {
    home,
    socket: socketPath(home, "control.sock", env),
    lock: at("lock"),
    daemonFile: at("daemon.json"),
    journal: at("journal.db"),
    logs: at("logs"),
    run: at("run"),
    data: at("data"),
    bus: at("bus.json"),
    daemonLog: at("daemon.log"),
    gatewaySocket: socketPath(home, "gateway.sock", env),
    gatewayFile: at("gateway.json"),
    gatewayWish: at("gateway-asked.json"),
  };
}

/** Creates the folder, private and invisible to git; and the socket's, when elsewhere. */
export function prepareHome(paths: StatePaths): void {
  mkdirSync(paths.home, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(join(paths.home, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (isBorrowed(paths)) mkdirSync(dirname(paths.socket), { recursive: true, mode: 0o700 });
  assertPrivate(paths);
}

/** A socket in a folder that others may write to could be anybody's: refuse it. */
export function assertPrivate(paths: StatePaths): void {
  if (!isBorrowed(paths)) return;
  const folder = dirname(paths.socket);
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const uid = process.getuid?.();
  if (stat.isDirectory() && (uid === undefined || stat.uid === uid) && (stat.mode & 0o077) === 0) {
    return;
  }
  throw new Error(
    `${folder} is not a folder that only you can use. Remove it, or set XDG_RUNTIME_DIR ` +
      "to a private folder, or SKELLY_HOME to a shorter path.",
  );
}

/** The socket when its usual path is too long for the system: by a hash of that path. */
function socketPath(home: string, name: string, env: Environment): string {
  const usual = join(home, name);
  if (Buffer.byteLength(usual) <= SOCKET_PATH_MAX_BYTES) return usual;
  const hash = shortHash(usual);
  const runtime = env["XDG_RUNTIME_DIR"];
  if (runtime !== undefined && runtime !== "") {
    const path = join(runtime, `skelly-${hash}.sock`);
    if (Buffer.byteLength(path) <= SOCKET_PATH_MAX_BYTES) return path;
  }
  return join("/tmp", `skelly-${process.getuid?.() ?? "user"}`, `${hash}.sock`);
}

/** The socket is not in the state folder: its usual path is too long. */
export const isBorrowed = (paths: StatePaths): boolean => dirname(paths.socket) !== paths.home;

/** FNV-1a, 64 bits. Names a path; keeps no secret. */
export function shortHash(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16).padStart(16, "0");
}

function realDirectory(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not there yet: the path as it was written is all that is known.
    return path;
  }
}
