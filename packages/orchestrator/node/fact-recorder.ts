// fact-recorder.ts: for tests of runners: a module to start, and the facts that its runner tells.
import type {
  ModuleDescriptor,
  ModuleMessage,
  OrchestratorMessage,
  RunSpec,
} from "@skelly-jelly/contract";
import type { RunnerFact, StartRequest } from "../ports/module-runner.ts";

const WAIT_MS = 10_000;

export type FactRecorder = {
  readonly tell: (fact: RunnerFact) => void;
  readonly facts: RunnerFact[];
  /** The next fact of this kind; rejects after ten seconds. */
  next<K extends RunnerFact["kind"]>(kind: K): Promise<Extract<RunnerFact, { kind: K }>>;
  said<T extends ModuleMessage["type"]>(type: T): Promise<Extract<ModuleMessage, { type: T }>>;
};

export function recordFacts(): FactRecorder {
  const facts: RunnerFact[] = [];
  const unseen: RunnerFact[] = [];
  const waiting: (() => void)[] = [];
  const find = async (fits: (fact: RunnerFact) => boolean, what: string): Promise<RunnerFact> => {
    const untilMs = performance.now() + WAIT_MS;
    for (;;) {
      const at = unseen.findIndex(fits);
      if (at >= 0) return unseen.splice(at, 1)[0] as RunnerFact;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      const timer = setTimeout(resolve, untilMs - performance.now());
      await promise;
      clearTimeout(timer);
      if (performance.now() >= untilMs) throw new Error(`no ${what}; ${JSON.stringify(facts)}`);
    }
  };
  return {
    facts,
    tell(fact) {
      facts.push(fact);
      unseen.push(fact);
      for (const look of waiting.splice(0)) look();
    },
    next: async (kind) => (await find((fact) => fact.kind === kind, kind)) as never,
    async said(type) {
      const fact = await find((each) => each.kind === "said" && each.message.type === type, type);
      return (fact as Extract<RunnerFact, { kind: "said" }>).message as never;
    },
  };
}

export const STOP: OrchestratorMessage = { type: "stop", timeoutMs: 5000, reason: "test" };

export function startRequest(
  id: string,
  run: RunSpec,
  more: Partial<ModuleDescriptor> & { readonly config?: Record<string, string> } = {},
  incarnation = 1,
): StartRequest {
  const config = more.config ?? {};
  return {
    instance: `${id}#1`,
    incarnation,
    descriptor: { ...DESCRIPTOR, id, run, ...more },
    welcome: { type: "welcome", config, configVersion: 1, level: "full", paused: false },
  };
}

const DESCRIPTOR: ModuleDescriptor = {
  id: "module",
  runner: "worker",
  run: { kind: "entry", file: "" },
  task: false,
  required: true,
  instances: 1,
  dependsOn: [],
  cwd: "/",
  env: {},
  user: null,
  umask: null,
  startupTimeoutMs: 60_000,
  stop: { signal: "SIGTERM", timeoutMs: 10_000 },
  ready: null,
  liveness: null,
  healthLimits: {},
  restart: "always",
  successExitCodes: [0],
  autoRecovery: true,
  ladder: [],
  stableAfterMs: 60_000,
  limits: {},
  config: {},
  logs: { maxSizeBytes: 1e6, keep: 1 },
  bus: null,
  hub: false,
};
