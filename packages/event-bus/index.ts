// index.ts: the promised door of @skelly-jelly/event-bus.
export { BusError, type BusErrorCode } from "./bus-error.ts";
export { type ConnectedBus, connectBus, openBus, portBus } from "./connect-bus.ts";
export type { BusStatus, ConnectOptions, ReconnectOptions } from "./connect-options.ts";
export type * from "./event-bus.ts";
export type { HubLimits, HubOptions, HubUser } from "./hub-options.ts";
export { createEventBus, type EventBusOptions } from "./local-bus.ts";
export type { HubPermissions, SubjectRules } from "./permissions.ts";
export type { MessagePortLike } from "./port-transport.ts";
export { type HubStats, type RunningHub, serveHub } from "./serve-hub.ts";
export { type ServedPort, type ServePortOptions, servePort } from "./serve-port.ts";
