// index.ts: the promised door of @skelly-jelly/module.
export * from "./define-module.ts";
