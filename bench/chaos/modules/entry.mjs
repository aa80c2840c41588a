// entry.mjs: the same writer as a defineModule, in a process of its own or as a worker thread. See writer.c.
import { isMainThread } from "node:worker_threads";
import { defineModule } from "@skelly-jelly/module";
import { beginLife, writeOut } from "./writer-parts.mjs";

/** A thread's stdout is its own file, and is written at once. */
const writeThread = (text) => {
  process.stdout.write(text);
  return true;
};

let life = null;

export default defineModule({
  name: "writer",
  start() {
    life = beginLife(process.env, isMainThread ? writeOut : writeThread);
  },
  stop() {
    life?.end();
  },
  reconfigure: () => "applied",
});
