// describe-system.ts: a system as others may see it: edges, probes, limits, policies; no value of any environment.
import type { Json, ModuleDescriptor, SystemDescriptor } from "@skelly-jelly/contract";

export function describeSystem(system: SystemDescriptor): Json {
  const { name, file, directory, orchestrator, modules } = system;
  return { name, file, directory, orchestrator, modules: modules.map(describeModule) } as Json;
}

/** Not its configuration either: that is asked for by itself, in the version that is in force. */
function describeModule(module: ModuleDescriptor): Json {
  const { env, config: _, run, ...shown } = module;
  return {
    ...shown,
    env: Object.keys(env),
    // A definition is a function of the program that embeds us.
    run: run.kind === "definition" ? { kind: run.kind } : run,
  } as unknown as Json;
}
