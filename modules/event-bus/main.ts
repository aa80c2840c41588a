// main.ts: the event bus of Skelly-Jelly: the hub, as a module of its own, so that a flood is one
// failed module.
export { hubModule as default } from "@skelly-jelly/module/hub";
