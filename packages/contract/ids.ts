// ids.ts: what things are called. Ids are open strings; the user's own config gives them their type.

/** A module's id: lower-case letters, digits, `-`, `_`, `.`; at most 64 characters. */
export type ModuleId = string;

/** One replica of a module: `api#1`. A single one is shown as `api`. */
export type InstanceId = string;

/** Ids that Skelly keeps for its own hidden modules begin with this. */
export const RESERVED_PREFIX = "skelly:";

export const MODULE_ID = /^(?:skelly:)?[a-z0-9][a-z0-9._-]{0,63}$/;

/** The marker in a process's environment: `system/module#n/k`, k the incarnation. */
export function incarnationMark(system: string, instance: InstanceId, incarnation: number): string {
  return `${system}/${instance}/${incarnation}`;
}
