// config-patch.ts: from what was shown and what it became, only what changed (RFC 7396). Pure.
import type { Json, JsonObject } from "@skelly-jelly/contract";

export function patchOf(before: Json, after: Json): JsonObject {
  if (!isObject(before) || !isObject(after)) throw new Error("A configuration is an object.");
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const was = before[key];
    if (JSON.stringify(was) === JSON.stringify(value)) continue;
    patch[key] = isObject(was) && isObject(value) ? patchOf(was, value) : value;
  }
  return patch;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
