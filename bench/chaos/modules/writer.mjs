// writer.mjs: a plain Node program that knows nothing of Skelly. See writer.c.
import { beginLife, writeOut } from "./writer-parts.mjs";

const life = beginLife(process.env, writeOut);
process.on("SIGTERM", () => {
  life.end();
  process.exit(0);
});
