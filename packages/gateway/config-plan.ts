// config-plan.ts: what a change of configuration would do, said before it is done. Pure.
import type {
  ApiConfigChange,
  ApiPlan,
  Json,
  JsonObject,
  SystemDescription,
  SystemStatusReport,
} from "@skelly-jelly/contract";
import { redactConfig } from "./redact.ts";

/** RFC 7396: objects merge, `null` removes, anything else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, Json>(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

export function changePlan(
  module: string,
  change: {
    readonly version: number;
    readonly config: JsonObject;
    readonly next: JsonObject;
  },
  system: SystemDescription,
  { modules }: SystemStatusReport,
): ApiPlan {
  const changes = differences(redactConfig(change.config), redactConfig(change.next), "");
  const same = JSON.stringify(change.config) === JSON.stringify(change.next);
  const description = system.modules.find(({ id }) => id === module);
  const alive = modules.some(
    ({ id, pid, state }) =>
      id.replace(/#\d+$/, "") === module && (pid !== null || state === "running"),
  );
  const effect = same
    ? "none"
    : !alive
      ? "store"
      : description?.run.kind === "entry" || description?.run.kind === "definition"
        ? "ask"
        : "restart";
  const follows = system.modules.flatMap(({ id, dependsOn }) =>
    dependsOn
      .filter(({ on, whenDown }) => on === module && whenDown !== "ignore")
      .map(({ whenDown }) => ({ module: id, how: whenDown })),
  );
  return {
    module,
    version: change.version,
    changes,
    effect,
    says: SAYS[effect](module),
    follows: effect === "restart" || effect === "ask" ? follows : [],
  };
}

const SAYS: Record<ApiPlan["effect"], (module: string) => string> = {
  none: () => "Nothing would change.",
  ask: (module) =>
    `'${module}' is asked to take it while it runs; if it cannot, it is restarted. ` +
    "If it is not well afterwards, the last good configuration comes back.",
  restart: (module) =>
    `'${module}' is restarted with it. If it is not well afterwards, the last good ` +
    "configuration comes back by a second restart.",
  store: (module) => `'${module}' does not run; it gets this at its next start.`,
};

export function differences(before: Json, after: Json, path: string): ApiConfigChange[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => {
      const at = path === "" ? key : `${path}.${key}`;
      const [was, is] = [before[key], after[key]];
      if (was === undefined) return [{ path: at, before: null, after: is ?? null }];
      if (is === undefined) return [{ path: at, before: was, after: null }];
      return differences(was, is, at);
    });
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
