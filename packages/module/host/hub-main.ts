// hub-main.ts: the hub as an entry file: `process-host.mjs hub-module.mjs`.
export { hubModule as default } from "../hub.ts";
