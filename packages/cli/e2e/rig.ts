// rig.ts: the real command, the real daemon and real processes, in a folder of their own.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ModuleStatus, SystemEvent, SystemStatusReport } from "@skelly-jelly/contract";
import { type ControlClient, ControlError, connectControl } from "../control-client.ts";
import { shortHash, statePaths } from "../state-paths.ts";
import { commandLineOf, endProcesses, processesWith } from "./processes.ts";

const LIMIT_MS = 25_000;
const LOOK_EVERY_MS = 15;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Another installation may be tried: its `bin/skelly.js`. */
const PROGRAM = process.env["SKELLY_E2E_PROGRAM"] ?? here("../bin/skelly.js");
/** Where modules find `@skelly-jelly/module` and this package. */
const LIBRARIES = here("../../../node_modules");

export type Ended = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
};

export type Launched = {
  readonly child: ChildProcess;
  /** Resolves once stdout or stderr holds the text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
};

export type Place = {
  readonly folder?: string;
  /** `own`: the one that runs these tests; `system`: the first on the PATH that npm did not put there. */
  readonly node?: "own" | "system";
  readonly env?: Readonly<Record<string, string>>;
  /** A file of ours that the command inherits, at a high number. */
  readonly inherits?: number;
};

/** One folder with one system. All that it started is ended, and the folder removed, after the test. */
export class Rig {
  readonly folder: string;
  readonly home: string;
  private readonly place: Place;
  private client: ControlClient | null = null;

  constructor(t: TestContext, place: Place = {}) {
    this.folder = place.folder ?? mkdtempSync(join(tmpdir(), "skelly-e2e-"));
    this.home = join(this.folder, ".skelly");
    this.place = place;
    t.after(async () => {
      this.client?.close();
      await endProcesses(`SKELLY_RIG=${this.folder}`);
      for (const folder of [this.folder, this.memory])
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    });
  }

  /** The configuration of plain programs, where there is such a place. */
  get memory(): string {
    return join("/dev/shm", `skelly-${process.getuid?.()}`, shortHash(this.home));
  }

  /** Runs the command to its end. */
  run(...words: readonly string[]): Promise<Ended> {
    return this.launch(...words).ended;
  }

  /** The same; anything but exit code 0 fails the test with what was said. */
  async ok(...words: readonly string[]): Promise<Ended> {
    const ended = await this.run(...words);
    if (ended.code === 0) return ended;
    throw new Error(`skelly ${words.join(" ")}: ${describe(ended)}${this.traces()}`);
  }

  /** Starts the command and leaves it running. */
  launch(...words: readonly string[]): Launched {
    const { node = "system", env = {}, inherits } = this.place;
    const more = inherits === undefined ? [] : [...Array<"ignore">(40).fill("ignore"), inherits];
    return follow(
      spawn(node === "own" ? process.execPath : systemNode(), [PROGRAM, ...words], {
        cwd: this.folder,
        env: {
          PATH: process.env["PATH"],
          LANG: "C.UTF-8",
          TZ: "UTC",
          SKELLY_RIG: this.folder,
          ...env,
        },
        stdio: ["ignore", "pipe", "pipe", ...more],
      }),
      `skelly ${words.join(" ")}`,
    );
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** `skelly.config.json` with these modules. */
  system(modules: object, more: object = {}): void {
    this.write("skelly.config.json", JSON.stringify({ name: "shop", ...more, modules }, null, 1));
  }

  /** A module written with defineModule, by the body of its definition. */
  entry(name: string, body: string): string {
    const link = join(this.folder, "package.json");
    if (!existsSync(link)) this.write("package.json", '{ "type": "module" }');
    const at = JSON.stringify(join(LIBRARIES, "@skelly-jelly/module/dist/index.js"));
    this.write(name, `import { defineModule } from ${at};\n${body}\n`);
    return `./${name}`;
  }

  read(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  lines(name: string): string[] {
    return this.read(name).split("\n").filter(Boolean);
  }

  /** What the command prints as JSON. */
  async status(...words: readonly string[]): Promise<SystemStatusReport> {
    const { out } = await this.ok("status", "--json", ...words);
    return JSON.parse(out) as SystemStatusReport;
  }

  /** Waits on the control socket until the status is as wanted. */
  async until(
    what: string,
    wanted: (report: SystemStatusReport) => boolean,
  ): Promise<SystemStatusReport> {
    let last: SystemStatusReport | null = null;
    await this.eventually(what, async () => {
      last = await this.ask<SystemStatusReport>("status", { all: true });
      return last !== null && wanted(last);
    });
    if (last === null) throw new Error("bug: nothing was looked at");
    return last;
  }

  /** Waits until one module is as wanted. */
  async untilModule(
    id: string,
    what: string,
    wanted: (module: ModuleStatus) => boolean,
  ): Promise<ModuleStatus> {
    const report = await this.until(`${id} ${what}`, (now) => {
      const module = now.modules.find((each) => each.id === id);
      return module !== undefined && wanted(module);
    });
    return moduleIn(report, id);
  }

  /** Asks again and again, within a limit, until it is so. */
  async eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (const from = performance.now(); performance.now() - from < LIMIT_MS; ) {
      if (await holds()) return;
      await sleep(LOOK_EVERY_MS);
    }
    const now = await this.ask("status", { all: true });
    throw new Error(`never came: ${what}\nstatus: ${JSON.stringify(now)}${this.traces()}`);
  }

  /** One request on the control socket; `null` when nothing listens. */
  async ask<T>(verb: string, args: Record<string, never> | object = {}): Promise<T | null> {
    try {
      this.client ??= await connectControl(statePaths(this.home, this.place.env ?? {}).socket);
      return (await this.client.request(verb, args as Record<string, never>)) as T;
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      this.client?.close();
      this.client = null;
      return null;
    }
  }

  async events(module?: string): Promise<SystemEvent[]> {
    const { out } = await this.ok("events", "--json", "-n", "1000", ...(module ? [module] : []));
    return out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as SystemEvent);
  }

  daemonPid(): number {
    return (JSON.parse(this.read(".skelly/daemon.json")) as { pid: number }).pid;
  }

  /** Every process that this rig's commands have brought about. */
  processes(): number[] {
    return processesWith(`SKELLY_RIG=${this.folder}`);
  }

  /** The same without the orchestrator, which may still be in the act of ending. */
  modulesLeft(): number[] {
    return this.processes().filter((pid) => !/daemon\.cjs/.test(commandLineOf(pid)));
  }

  /** Nothing of it may be left. */
  async untilNoneLeft(): Promise<void> {
    await this.eventually("no process is left", () => this.processes().length === 0);
  }

  private traces(): string {
    return `\ndaemon.log:\n${this.read(".skelly/daemon.log").slice(-3000)}`;
  }
}

export function moduleIn({ modules }: SystemStatusReport, id: string): ModuleStatus {
  const found = modules.find((module) => module.id === id);
  if (found === undefined) throw new Error(`no module '${id}'`);
  return found;
}

export const pidsOf = ({ modules }: SystemStatusReport): Record<string, number | null> =>
  Object.fromEntries(modules.map(({ id, pid }) => [id, pid]));

/** A shell script as a command. `exec` its last word, or the shell stays between. */
export const sh = (script: string): string[] => ["sh", "-c", script];

/** Says in `story` when it starts and when it is asked to stop, then obeys. */
export const diary = (name: string): string[] =>
  sh(
    `echo "start ${name} $(date +%s%N)" >>story
     trap 'echo "stop ${name} $(date +%s%N)" >>story; kill $!; exit 0' TERM INT
     while :; do sleep 60 & wait $!; done`,
  );

function describe({ code, signal, out, err }: Ended): string {
  return `ended with ${signal ?? code}\n${out}\n${err}`;
}

function follow(child: ChildProcess, name: string): Launched {
  let out = "";
  let err = "";
  const waiting = new Set<() => void>();
  const heard = (): void => {
    for (const look of waiting) look();
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    heard();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    heard();
  });
  const timer = setTimeout(() => {
    err += `\n(the rig ended '${name}': it took too long)`;
    child.kill("SIGKILL");
  }, LIMIT_MS);
  const ended = new Promise<Ended>((done) => {
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, out, err });
    });
  });
  return {
    child,
    ended,
    said: (text) =>
      new Promise((done, fail) => {
        const look = (): void => {
          if (!out.includes(text) && !err.includes(text)) return;
          waiting.delete(look);
          done();
        };
        waiting.add(look);
        look();
        ended.then((end) => fail(new Error(`'${name}' never said '${text}': ${describe(end)}`)));
      }),
  };
}

let system: string | null = null;

/** What a person's shell would find. */
function systemNode(): string {
  system ??=
    (process.env["PATH"] ?? "")
      .split(delimiter)
      .filter((folder) => folder !== "" && !folder.endsWith("node_modules/.bin"))
      .map((folder) => join(folder, "node"))
      .find((file) => existsSync(file)) ?? process.execPath;
  return system;
}
