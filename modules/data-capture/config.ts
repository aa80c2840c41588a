// config.ts: what the user may choose about capture. Everything that shows more than counts is off.

import type { SourceId } from "@skelly-jelly/events";
import { SOURCES } from "@skelly-jelly/events";

export type ReplayChoice = {
  readonly file: string;
  readonly speed: number;
  readonly shift: "to-now" | "none";
};

export type CaptureConfig = {
  readonly sources: readonly SourceId[];
  /** Folders whose files' changes are counted. Relative to the system's directory. */
  readonly folders: readonly string[];
  readonly ignoredFolders: readonly string[];
  readonly foldersMax: number;
  readonly loadEveryMs: number;
  readonly filesEveryMs: number;
  /** While one of these is in front nothing is captured from keyboard, pointer and windows. */
  readonly ignoredApps: readonly string[];
  /** Titles of windows, masked. */
  readonly titles: boolean;
  readonly queueMax: number;
  readonly deliverEveryMs: number;
  /** Also says on the bus, as `capture.raw`, what storage has taken. */
  readonly publishRaw: boolean;
  /** Instead of the machine. Overridden by SKELLY_REPLAY and SKELLY_REPLAY_SPEED. */
  readonly replay: ReplayChoice | null;
  /** A replay begins when the whole system is healthy, at the latest after this; 0: at once. */
  readonly replayWaitMaxMs: number;
};

const DEFAULTS: CaptureConfig = {
  sources: ["process-load", "file-activity", "x11-window", "x11-input"],
  folders: ["."],
  ignoredFolders: ["node_modules", "dist", "build", "target", "coverage", "__pycache__", "vendor"],
  foldersMax: 512,
  loadEveryMs: 5000,
  filesEveryMs: 2000,
  ignoredApps: ["1password", "keepass", "bitwarden", "seahorse", "gnome-keyring"],
  titles: false,
  queueMax: 10_000,
  deliverEveryMs: 2000,
  publishRaw: true,
  replay: null,
  replayWaitMaxMs: 20_000,
};

const fail = (what: string): never => {
  throw new Error(`data-capture: ${what}`);
};

const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  foldersMax: [1, 8192],
  loadEveryMs: [500, 600_000],
  filesEveryMs: [250, 600_000],
  queueMax: [1000, 1_000_000],
  deliverEveryMs: [50, 60_000],
  replayWaitMaxMs: [0, 600_000],
};
const FLAGS = ["titles", "publishRaw"];
const LISTS = ["folders", "ignoredFolders", "ignoredApps"];

function replayFrom(value: unknown): ReplayChoice | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "object") return fail("replay must be { file, speed } or null");
  const { file, speed = 1, shift = "to-now" } = value as Record<string, unknown>;
  if (typeof file !== "string" || file === "") return fail("replay.file must name a trace");
  if (typeof speed !== "number" || !(speed > 0 && speed <= 1e9)) {
    return fail(`replay.speed must be above 0, got ${speed}`);
  }
  if (shift !== "to-now" && shift !== "none") return fail("replay.shift is 'to-now' or 'none'");
  return { file, speed, shift };
}

function checkOne(name: string, value: unknown): void {
  const limits = NUMBERS[name];
  if (limits !== undefined) {
    const [min, max] = limits;
    if (typeof value !== "number" || !(value >= min && value <= max)) {
      fail(`${name} must be a number from ${min} to ${max}, got ${value}`);
    }
  } else if (FLAGS.includes(name)) {
    if (typeof value !== "boolean") fail(`${name} must be true or false`);
  } else if (LISTS.includes(name)) {
    if (!Array.isArray(value) || value.some((one) => typeof one !== "string")) {
      fail(`${name} must be a list of names`);
    }
  } else if (name === "sources") {
    const stranger = Array.isArray(value)
      ? value.find((one) => !SOURCES.includes(one))
      : "not a list";
    if (stranger !== undefined) fail(`sources: no source '${stranger}'`);
  }
}

/** Throws with the sentence for the user when something is wrong. */
export function captureConfig(
  chosen: object,
  env: Readonly<Record<string, string | undefined>> = process.env,
): CaptureConfig {
  for (const [name, value] of Object.entries(chosen)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      fail(`no setting '${name}'; there are ${Object.keys(DEFAULTS).join(", ")}`);
    }
    checkOne(name, value);
  }
  const config: CaptureConfig = { ...DEFAULTS, ...chosen };
  const replay = replayFrom(config.replay);
  const file = env["SKELLY_REPLAY"];
  if (file === undefined || file === "") return { ...config, replay };
  const speed = Number(env["SKELLY_REPLAY_SPEED"] ?? replay?.speed ?? 1);
  return { ...config, replay: replayFrom({ ...replay, file, speed }) };
}
