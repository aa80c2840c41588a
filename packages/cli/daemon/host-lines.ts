// host-lines.ts: lets the runners of worker threads hear and speak to their host, which is a module like any other.
import type { InstanceId, ModuleMessage, OrchestratorMessage } from "@skelly-jelly/contract";
import type { ModuleRunner, RunnerFact, WorkerHostLine } from "@skelly-jelly/orchestrator/internal";

type Line = WorkerHostLine & {
  speak: (message: OrchestratorMessage) => boolean;
  readonly hear: Set<(message: ModuleMessage) => void>;
  readonly down: Set<() => void>;
};

export type HostLines = {
  /** The runner to give to the orchestrator: the same, overheard. */
  readonly runner: ModuleRunner;
  line(host: InstanceId): WorkerHostLine;
  /** Whether an earlier orchestrator left it running; known once `survivors` was asked. */
  survived(instance: InstanceId): boolean;
};

export function hostLines(runner: ModuleRunner): HostLines {
  const lines = new Map<InstanceId, Line>();
  const survived = new Set<InstanceId>();
  const lineOf = (host: InstanceId): Line => {
    const known = lines.get(host);
    if (known !== undefined) return known;
    const line: Line = {
      speak: () => false,
      hear: new Set(),
      down: new Set(),
      tell: (message) => line.speak(message),
      onMessage: (call) => void line.hear.add(call),
      onDown: (call) => void line.down.add(call),
    };
    lines.set(host, line);
    return line;
  };
  const overhear = (host: InstanceId, tell: (fact: RunnerFact) => void) => {
    const line = lines.get(host);
    if (line === undefined) return tell;
    return (fact: RunnerFact): void => {
      if (fact.kind === "said") for (const hear of line.hear) hear(fact.message);
      if (fact.kind === "ended" || fact.kind === "spawn-failed") {
        line.speak = () => false;
        for (const down of line.down) down();
      }
      tell(fact);
    };
  };
  return {
    line: lineOf,
    survived: (instance) => survived.has(instance),
    runner: {
      ...runner,
      survivors() {
        const found = runner.survivors();
        for (const { instance } of found) survived.add(instance);
        return found;
      },
      start(request, tell) {
        const running = runner.start(request, overhear(request.instance, tell));
        const line = lines.get(request.instance);
        if (line !== undefined) line.speak = (message) => running.tell(message);
        return running;
      },
      adopt(survivor, request, tell) {
        const running = runner.adopt(survivor, request, overhear(request.instance, tell));
        const line = lines.get(request.instance);
        if (line !== undefined) line.speak = (message) => running.tell(message);
        return running;
      },
    },
  };
}
