// internal.ts: for our own packages only; may change at any time.
export { machine } from "./node/machine.ts";
export { isPlain } from "./schema/check.ts";
export { referencePage } from "./schema/reference-page.ts";
