// secret-env.ts: references to secrets become values at the last moment, for the module's eyes only.
import { readFileSync } from "node:fs";
import { failure, type JsonObject, resolveSecrets } from "@skelly-jelly/contract";
import type { ModuleRunner, RunnerFact, StartRequest } from "@skelly-jelly/orchestrator/internal";

const sources = {
  env: process.env,
  readFile: (path: string): string => readFileSync(path, "utf8"),
};

export const reveal = (config: JsonObject): JsonObject => resolveSecrets(config, sources).values;

/** The same runner; a start whose secrets cannot be read is refused with their names. */
export function withSecrets(runner: ModuleRunner): ModuleRunner {
  return {
    ...runner,
    start(request: StartRequest, tell: (fact: RunnerFact) => void) {
      const { values, problems } = resolveSecrets(request.descriptor.env, sources);
      const [problem] = [
        ...problems,
        ...resolveSecrets(request.descriptor.config, sources).problems,
      ];
      if (problem === undefined) {
        const descriptor = { ...request.descriptor, env: values };
        return runner.start({ ...request, descriptor }, tell);
      }
      const why = failure("CONFIG_INVALID", { module: request.instance, message: problem.message });
      queueMicrotask(() => tell({ kind: "spawn-failed", failure: why }));
      return { tell: () => false, signal() {}, kill() {}, freeze: () => false };
    },
  };
}
