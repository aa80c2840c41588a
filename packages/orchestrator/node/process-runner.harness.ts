// process-runner.harness.ts: what the process runner's tests share: a runner in a folder of its own,
// and the facts of an incarnation as something that can be awaited.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ModuleDescriptor, RunSpec } from "@skelly-jelly/contract";
import type { RunnerFact, RunningModule, StartRequest } from "../ports/module-runner.ts";
import type { ProcessRunnerOptions } from "./process-options.ts";
import { createProcessRunner, type ProcessRunner } from "./process-runner.ts";

const WAIT_LIMIT_MS = 15_000;

/** Facts in the order they came; `until` waits for one that is yet to come or was not yet asked for. */
export class Facts {
  readonly all: RunnerFact[] = [];
  private readonly waiting = new Set<() => void>();

  readonly hear = (fact: RunnerFact): void => {
    this.all.push(fact);
    for (const look of this.waiting) look();
  };

  until<K extends RunnerFact["kind"]>(kind: K): Promise<Extract<RunnerFact, { kind: K }>> {
    return new Promise((found, failed) => {
      const limit = setTimeout(() => {
        this.waiting.delete(look);
        failed(new Error(`no '${kind}' came; there was ${JSON.stringify(this.all)}`));
      }, WAIT_LIMIT_MS);
      const look = (): void => {
        const fact = this.all.find((one) => one.kind === kind);
        if (fact === undefined) return;
        clearTimeout(limit);
        this.waiting.delete(look);
        found(fact as Extract<RunnerFact, { kind: K }>);
      };
      this.waiting.add(look);
      look();
    });
  }
}

export type Started = { readonly facts: Facts; readonly module: RunningModule };

export type Rig = {
  readonly runner: ProcessRunner;
  readonly directory: string;
  readonly runDirectory: string;
  /** Starts the next incarnation of an instance. */
  start(run: RunSpec | string, more?: Partial<ModuleDescriptor>, instance?: string): Started;
  request(
    run: RunSpec | string,
    incarnation: number,
    more?: Partial<ModuleDescriptor>,
  ): StartRequest;
  file(name: string): string;
  read(name: string): string;
};

/** Everything is stopped and removed after the test. */
export function rig(t: TestContext, options: Partial<ProcessRunnerOptions> = {}): Rig {
  const directory = mkdtempSync(join(tmpdir(), "skelly-runner-"));
  const runDirectory = options.runDirectory ?? join(directory, "run");
  const runner = createProcessRunner({
    system: "test",
    runDirectory,
    baseEnv: process.env,
    ...options,
  });
  t.after(async () => {
    await runner.close({ leaveRunning: false });
    rmSync(directory, { recursive: true, force: true });
  });
  const incarnations = new Map<string, number>();
  const rigged: Rig = {
    runner,
    directory,
    runDirectory,
    start(run, more = {}, instance = "api") {
      const incarnation = (incarnations.get(instance) ?? 0) + 1;
      incarnations.set(instance, incarnation);
      const facts = new Facts();
      const request = requestFor(directory, instance, incarnation, run, more);
      return { facts, module: runner.start(request, facts.hear) };
    },
    request: (run, incarnation, more = {}) => requestFor(directory, "api", incarnation, run, more),
    file: (name) => join(directory, name),
    read: (name) => readFileSync(join(directory, name), "utf8"),
  };
  return rigged;
}

/** A string is a line for the shell. */
export function requestFor(
  directory: string,
  instance: string,
  incarnation: number,
  run: RunSpec | string,
  more: Partial<ModuleDescriptor> = {},
): StartRequest {
  const spec: RunSpec = typeof run === "string" ? { kind: "shell", line: run } : run;
  return {
    instance,
    incarnation,
    descriptor: { ...DESCRIPTOR, id: instance, run: spec, cwd: directory, ...more },
    welcome: { type: "welcome", config: {}, configVersion: 1, level: "full", paused: false },
  };
}

const DESCRIPTOR: ModuleDescriptor = {
  id: "api",
  runner: "process",
  run: { kind: "shell", line: "true" },
  task: false,
  required: false,
  instances: 1,
  dependsOn: [],
  cwd: "/",
  env: {},
  user: null,
  umask: null,
  startupTimeoutMs: 1000,
  stop: { signal: "SIGTERM", timeoutMs: 1000 },
  ready: null,
  liveness: null,
  healthLimits: {},
  restart: "always",
  successExitCodes: [0],
  autoRecovery: true,
  ladder: [{ kind: "manual" }],
  stableAfterMs: 1000,
  limits: {},
  config: {},
  logs: { maxSizeBytes: 1e6, keep: 1 },
  bus: null,
  hub: false,
};

/** Waits until `isTrue`, looking again and again; a limit names what was waited for. */
export async function eventually(what: string, isTrue: () => boolean): Promise<void> {
  const until = Date.now() + WAIT_LIMIT_MS;
  while (!isTrue()) {
    if (Date.now() > until) throw new Error(`it never came true that ${what}`);
    await new Promise((again) => setTimeout(again, 5));
  }
}
