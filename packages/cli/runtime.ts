// runtime.ts: finds a Node.js that can run the orchestrator (22.18 or later; 24 is preferred).
import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { CommandError, EXIT } from "./exit-codes.ts";

export type Runtime = { readonly path: string; readonly version: string };

type Environment = Readonly<Record<string, string | undefined>>;

const NEEDED = [22, 18] as const;
const PREFERRED_MAJOR = 24;
const ASK_TIMEOUT_MS = 5_000;

/** Every Node.js that can be found, fit or not; for those who want to know. */
export function runtimesHere(distDirectory: string, env: Environment): readonly Runtime[] {
  const bundled = bundledRuntime(distDirectory);
  const found = new Map([[process.execPath, process.versions.node]]);
  if (bundled !== null) found.set(bundled.path, bundled.version);
  for (const path of [env["SKELLY_NODE"] ?? "", ...pathCandidates(env)]) {
    const version = path === "" || found.has(path) ? null : askVersion(path);
    if (version !== null) found.set(path, version);
  }
  // A folder and a link to it, or two names of one file, are one Node.js.
  const byFile = new Map([...found].reverse().map(([path, version]) => [realOf(path), version]));
  return [...byFile].reverse().map(([path, version]) => ({ path, version }));
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It was there a moment ago: its own name is all that is known.
    return path;
  }
}

/** SKELLY_NODE, the running one if it is 24 or later, the bundled one, the running one, PATH. */
export function findRuntime(distDirectory: string, env: Environment): Runtime {
  const running = { path: process.execPath, version: process.versions.node };
  const tried: string[] = [];
  const chosen = env["SKELLY_NODE"];
  if (chosen !== undefined && chosen !== "") return chosenRuntime(chosen);
  if (major(running.version) >= PREFERRED_MAJOR) return running;

  const bundled = bundledRuntime(distDirectory);
  if (bundled !== null && isGood(bundled.version)) return bundled;
  if (isGood(running.version)) return running;
  tried.push(`${running.path} (${running.version})`);
  for (const path of pathCandidates(env)) {
    const version = path === running.path ? null : askVersion(path);
    if (version !== null && isGood(version)) return { path, version };
    if (version !== null) tried.push(`${path} (${version})`);
  }
  throw new CommandError(
    EXIT.failed,
    `The orchestrator needs Node.js ${NEEDED.join(".")} or later; ` + `found ${tried.join(", ")}.`,
    [
      "Run `npm install` without --omit=optional (it brings one for linux-x64 and linux-arm64),",
      "or install Node.js 24, or set SKELLY_NODE to its path.",
    ],
  );
}

function chosenRuntime(path: string): Runtime {
  const version = askVersion(path);
  if (version !== null && isGood(version)) return { path, version };
  const problem = version === null ? "cannot be run" : `is Node.js ${version}`;
  throw new CommandError(
    EXIT.failed,
    `SKELLY_NODE names ${path}, which ${problem}; Node.js ${NEEDED.join(".")} or later is needed.`,
  );
}

/** True for 22.18 and later; 23 lacks it before 23.6. */
export function isGood(version: string): boolean {
  const [first = 0, second = 0] = version.split(".").map(Number);
  if (first === 23) return second >= 6;
  return first > NEEDED[0] || (first === NEEDED[0] && second >= NEEDED[1]);
}

/** The optional dependency of this package for this machine; its version is Node's own. */
function bundledRuntime(distDirectory: string): Runtime | null {
  try {
    const resolve = createRequire(join(distDirectory, "cli.cjs")).resolve;
    const manifest = resolve(`node-${process.platform}-${process.arch}/package.json`);
    const path = join(dirname(manifest), "bin", "node");
    accessSync(path, constants.X_OK);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    return { path, version };
  } catch {
    // Not installed (it is optional), or not for this machine: the next candidate is tried.
    return null;
  }
}

function pathCandidates(env: Environment): string[] {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const files = folders.flatMap((folder) =>
    ["node", `node${PREFERRED_MAJOR}`, "nodejs"].map((name) => join(folder, name)),
  );
  return [...new Set(files)].filter((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      // A folder of PATH without Node.js in it.
      return false;
    }
  });
}

function askVersion(path: string): string | null {
  const asked = spawnSync(path, ["--version"], { encoding: "utf8", timeout: ASK_TIMEOUT_MS });
  const match = /^v(\d+\.\d+\.\d+)/.exec(asked.stdout ?? "");
  return match?.[1] ?? null;
}

const major = (version: string): number => Number(version.split(".")[0]);
