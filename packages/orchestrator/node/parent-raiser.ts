// parent-raiser.ts: brings parent processes to life, many at a time without holding up the event loop.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { raiseInNursery } from "./parent-nursery.ts";
import { PARENT_SCRIPT } from "./parent-script.ts";
import type { RaiseRequest } from "./raise-request.ts";

export type RaiserOptions = {
  readonly boot: string;
  /** What parents are started with, but for their mark; their modules inherit it. */
  readonly env: Readonly<Record<string, string>>;
  readonly markName: string;
  /** Put before `sh`. */
  readonly prefix: readonly string[];
  /** For many at once; `null`: there is none. */
  readonly perl: string | null;
};

/** From this many on a nursery is quicker than a spawn for each. */
const NURSERY_FROM = 4;
/** Each spawn blocks the loop for about a millisecond; others get their turn after this many. */
const SPAWNS_PER_TURN = 4;
/** Instances whose FIFOs one `mkfifo` makes. */
const INSTANCES_PER_COMMAND = 20;

/** Those that are asked for in one turn of the event loop share one `mkfifo`. */
export class ParentRaiser {
  private readonly options: RaiserOptions;
  private asked: RaiseRequest[] = [];
  private ready: RaiseRequest[] = [];
  private spawning = false;

  constructor(options: RaiserOptions) {
    this.options = options;
  }

  raise(request: RaiseRequest): void {
    this.asked.push(request);
    if (this.asked.length === 1) setImmediate(() => this.makeFifos());
  }

  private makeFifos(): void {
    const asked = this.asked;
    this.asked = [];
    const { perl, prefix, env, markName } = this.options;
    // With a prefix they are bound to the life of who starts them: that must be us.
    if (perl !== null && prefix.length === 0 && asked.length >= NURSERY_FROM) {
      return raiseInNursery({ perl, env, markName }, asked, (request) => this.argsOf(request));
    }
    const missing = asked.filter((one) => !hasFifos(one));
    this.spawnAll(asked.filter(hasFifos));
    this.makeSomeFifos(missing);
  }

  /** The next ones are made while these are spawned. */
  private makeSomeFifos(missing: RaiseRequest[]): void {
    const some = missing.splice(0, INSTANCES_PER_COMMAND);
    if (some.length === 0) return;
    const paths = some.flatMap(fifosOf).filter((path) => !existsSync(path));
    const command = spawn("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" });
    whenEnded(command, (reason) => {
      this.makeSomeFifos(missing);
      for (const one of some) if (!hasFifos(one)) one.gone(`mkfifo: ${reason}`);
      this.spawnAll(some.filter(hasFifos));
    });
  }

  private spawnAll(requests: readonly RaiseRequest[]): void {
    this.ready.push(...requests);
    if (!this.spawning) this.spawnSome();
  }

  private spawnSome(): void {
    for (const request of this.ready.splice(0, SPAWNS_PER_TURN)) this.spawnOne(request);
    this.spawning = this.ready.length > 0;
    if (this.spawning) setImmediate(() => this.spawnSome());
  }

  private spawnOne(request: RaiseRequest): void {
    const { prefix, markName } = this.options;
    request.fifosReady();
    const script = ["-c", PARENT_SCRIPT, "skelly-parent", ...this.argsOf(request)];
    const [file = "", ...args] = [...prefix, "/bin/sh", ...script];
    const env = { ...this.options.env, [markName]: request.mark };
    // Its own session: no terminal's Ctrl-C and no hang-up reaches it.
    const child = spawn(file, args, { cwd: "/", env, stdio: "ignore", detached: true });
    whenEnded(child, request.gone);
    child.unref();
  }

  private argsOf({ path, cgroupFiles }: RaiseRequest): readonly string[] {
    return [path.directory, this.options.boot, ...cgroupFiles];
  }
}

const fifosOf = ({ path }: RaiseRequest): readonly string[] => [path.commands, path.says];
const hasFifos = (request: RaiseRequest): boolean => fifosOf(request).every((f) => existsSync(f));

/** Calls once: an error at the start, or the end. */
function whenEnded(child: ChildProcess, call: (reason: string) => void): void {
  let called = false;
  const once = (reason: string): void => {
    if (!called) call(reason);
    called = true;
  };
  child.on("error", (error) => once(error.message));
  child.on("exit", (code, signal) => once(signal ?? `exit code ${code}`));
}
