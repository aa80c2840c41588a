// rig.ts: the command in a process of its own, in a folder of its own, with a daemon made of glass.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type Ended = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
};

export type Rig = {
  readonly folder: string;
  /** Runs it to its end. */
  skelly(...words: readonly string[]): Promise<Ended>;
  /** Starts it and leaves it running. */
  launch(...words: readonly string[]): Launched;
  /** Ends the daemon, if one lives, and removes the folder. */
  dispose(): void;
};

export type Launched = {
  readonly child: ChildProcess;
  /** Resolves once stdout or stderr holds the text; rejects when it ends without it. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
};

const TIMEOUT_MS = 15_000;

/** Compiled once for all runs of a test file; a third of a second each otherwise. */
const compiled = mkdtempSync(join(tmpdir(), "skelly-compiled-"));
process.once("exit", () => rmSync(compiled, { recursive: true, force: true }));

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `modules`: ids in order, each depending on the one before it. */
export function rig(
  options: { readonly name?: string; readonly modules?: readonly string[] } = {},
): Rig {
  const { name = "shop", modules = ["database", "api"] } = options;
  const folder = mkdtempSync(join(tmpdir(), "skelly-cli-"));
  const root = join(folder, "program");
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{ "version": "9.9.9" }');
  writeFileSync(
    join(root, "dist", "daemon.cjs"),
    `import(${JSON.stringify(here("./fake-daemon.ts"))});\n`,
  );
  const described = modules.map((id, index) => [
    id,
    {
      command: ["sleep", "60"],
      config: { pageSize: 20, name: id },
      ...(index > 0 && { dependsOn: [modules[index - 1]] }),
    },
  ]);
  const config = { name, modules: Object.fromEntries(described) };
  writeFileSync(join(folder, "skelly.config.json"), JSON.stringify(config));
  const launch = (...words: readonly string[]): Launched => launchIn(folder, root, words);
  return {
    folder,
    launch,
    skelly: (...words) => launch(...words).ended,
    dispose() {
      killDaemon(join(folder, ".skelly", "daemon.json"));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function launchIn(folder: string, root: string, words: readonly string[]): Launched {
  const node = ["--conditions=source", here("./launch.ts")];
  const child = spawn(process.execPath, [...node, ...words], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: compiled,
      SKELLY_TEST_ROOT: root,
      LANG: "C.UTF-8",
      TZ: "UTC",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    for (const look of waiting) look();
  });
  const timer = setTimeout(() => {
    err += "\n(the rig ended it: it took too long)";
    child.kill("SIGKILL");
  }, TIMEOUT_MS);
  const ended = new Promise<Ended>((done) => {
    child.once("exit", (code) => {
      clearTimeout(timer);
      // Its pipes may be held by others; what it wrote itself is there at once.
      setImmediate(() => done({ code, out, err }));
    });
  });
  return {
    child,
    ended,
    said(text) {
      return new Promise((done, fail) => {
        const look = (): void => {
          if (!out.includes(text) && !err.includes(text)) return;
          waiting.delete(look);
          done();
        };
        waiting.add(look);
        look();
        ended.then(() => fail(new Error(`ended without '${text}':\n${out}\n${err}`)));
      });
    },
  };
}

function killDaemon(file: string): void {
  try {
    const { pid } = JSON.parse(readFileSync(file, "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
  } catch {
    // No daemon was started, or it has ended: nothing is left to end.
  }
}
