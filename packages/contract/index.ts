// index.ts: the promised door of @skelly-jelly/contract.
export * from "./client-message.ts";
export * from "./control-message.ts";
export * from "./descriptor.ts";
export * from "./events.ts";
export * from "./failure.ts";
export * from "./ids.ts";
export * from "./json.ts";
export * from "./lifecycle.ts";
export * from "./status.ts";
export * from "./units.ts";
