// index.ts: the promised door of @skelly-jelly/contract.
export * from "./client-message.ts";
export * from "./control-api.ts";
export * from "./control-message.ts";
export * from "./descriptor.ts";
export * from "./events.ts";
export * from "./failure.ts";
export * from "./ids.ts";
export * from "./json.ts";
export * from "./lifecycle.ts";
export { getAtPath, parsePath, type SetResult, setAtPath } from "./schema/config-path.ts";
export { type Dotenv, parseDotenv } from "./schema/dotenv.ts";
export { type FormatOptions, formatProblems, placeOf } from "./schema/format-problems.ts";
export { jsonSchema } from "./schema/json-schema.ts";
export type { MachineChecks } from "./schema/machine-checks.ts";
export { didYouMean, nearest } from "./schema/nearest.ts";
export { isError, type Path, type Problem, pathText } from "./schema/problem.ts";
export { OWN_HUB } from "./schema/resolve-module.ts";
export {
  type ResolvedSystem,
  type ResolveOptions,
  resolveSystem,
  settingsOf,
} from "./schema/resolve-system.ts";
export {
  maskSecrets,
  type Reference,
  type Resolved,
  referenceIn,
  resolveSecrets,
  type SecretSources,
} from "./schema/secrets.ts";
export * from "./schema/system-config.ts";
export * from "./status.ts";
export * from "./units.ts";
