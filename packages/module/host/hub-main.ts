// hub-main.ts: the program that is the event bus's hub: `hub-module.mjs`, with its file in SKELLY_HUB_CONFIG.
import { hubModule } from "../hub.ts";
import { runAsProcess } from "./run-as-process.ts";

runAsProcess(() => hubModule);
