// internal.ts: for sibling packages only: what runners need to give a module its life.
export { borrowBus } from "./host/borrowed-bus.ts";
export { type ControlLink, directLink, type HostEnd, portLink } from "./host/control-link.ts";
export { dataDirectoryOf, type ModuleIdentity } from "./host/identity.ts";
export { cutLines, type LineCutter } from "./host/lines.ts";
export { loadDefinition } from "./host/load-definition.ts";
export { messageOf, moduleLog, stackOf } from "./host/module-log.ts";
export {
  type ModuleEnd,
  type ModuleLife,
  type RuntimeOptions,
  runModule,
} from "./host/module-runtime.ts";
export { runAsProcess } from "./host/run-as-process.ts";
export type { ThreadData } from "./host/thread-data.ts";
