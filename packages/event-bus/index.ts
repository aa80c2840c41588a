// index.ts: the promised door of @skelly-jelly/event-bus.
export type * from "./event-bus.ts";
