// internal.ts: for our own packages only; may change at any time.
export { machine } from "./node/machine.ts";
export { isPlain } from "./schema/check.ts";
export { MODULE_ID_RULE } from "./schema/module-keys.ts";
export { referencePage } from "./schema/reference-page.ts";
export { longestDelaysMs } from "./schema/resolve-ladder.ts";
