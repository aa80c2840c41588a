// index.ts: the promised door of @skelly-jelly/gateway.
export { type RunningGateway, startGateway } from "./gateway.ts";
export type { GatewayFile } from "./gateway-file.ts";
export {
  type ControlPort,
  GATEWAY_LIMITS,
  type GatewayLimits,
  type GatewayOptions,
  type LogPort,
} from "./ports.ts";
