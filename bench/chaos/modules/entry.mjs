// entry.mjs: the same writer as a defineModule, in a process of its own or as a worker thread. See writer.c.
import { isMainThread } from "node:worker_threads";
import { defineModule } from "@skelly-jelly/module";
import { beginLife, writeOut } from "./writer-parts.mjs";

/** A thread's stdout is its own file, and is written at once. */
const writeThread = (text) => {
  process.stdout.write(text);
  return true;
};

/** In the host's main thread only the module's own log goes to its own file. */
const writeLog = (log) => (text) => {
  log.info(text.trim());
  return true;
};

let life = null;

export default defineModule({
  name: "writer",
  start(ctx) {
    const inside = isMainThread && process.env.CHAOS_ID === undefined;
    const env = inside
      ? {
          CHAOS_DIR: ctx.config.folder,
          CHAOS_ID: ctx.id,
          SKELLY_INCARNATION: `/${ctx.incarnation}`,
        }
      : process.env;
    const write = inside ? writeLog(ctx.log) : isMainThread ? writeOut : writeThread;
    life = beginLife(env, write);
  },
  stop() {
    life?.end();
  },
  reconfigure: () => "applied",
});
