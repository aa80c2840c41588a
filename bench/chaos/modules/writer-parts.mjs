// writer-parts.mjs: what the Node writers share: the record of a life, and lines that are counted. See writer.c.
import { spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { createServer } from "node:net";

const boottime = () => readFileSync("/proc/uptime", "utf8").split(" ")[0];

/** `write`: takes the text whole and returns true, or does not. `env`: the module's own. */
export function beginLife(env, write) {
  const { CHAOS_DIR: folder, CHAOS_ID: id } = env;
  const incarnation = env.SKELLY_INCARNATION.split("/").at(-1);
  const book = (what) =>
    appendFileSync(`${folder}/book`, `${what} ${id} ${incarnation} ${process.pid} ${boottime()}\n`);
  // An abstract socket has one owner, and dies with it.
  const name = `\0chaos${folder.replaceAll("/", "-")}-${id}`;
  const lock = createServer().on("error", () => book("D"));
  lock.listen(name, () => book("S")).unref();
  const count = openSync(`${folder}/count/${id}.${incarnation}`, "a");
  let n = 1;
  let again = false;
  let told = false;
  const obey = () => {
    const path = `${folder}/orders/${id}`;
    let words;
    try {
      words = readFileSync(path, "utf8").trim().split(" ");
      unlinkSync(path);
    } catch (error) {
      if (error.code === "ENOENT") return;
      throw error;
    }
    if (words[0] === "exit") {
      book("E");
      process.exit(Number(words[1]));
    }
    if (words[0] === "log") {
      // As careless programs do: when the disk is full, what then?
      for (let i = 0; i < 200; i += 1) process.stdout.write(`noise ${i} ${"x".repeat(500)}\n`);
    }
    if (words[0] === "deaf") for (;;);
    if (words[0] === "throw") throw new Error("as ordered");
    if (words[0] === "fork" || words[0] === "bomb") {
      const script = 'trap "" TERM INT HUP; while :; do sleep 1; done';
      for (let i = words[0] === "bomb" ? 8 : 1; i > 0; i -= 1) {
        spawn("sh", ["-c", script, folder], { detached: true, stdio: "ignore" }).unref();
      }
    }
  };
  const tick = () => {
    const text = `${again ? "\n" : ""}chaos ${id} ${incarnation} ${n} ${again ? "r" : ""}.\n`;
    again = !write(text);
    if (!again) {
      writeSync(count, ".");
      n += 1;
    }
    if (!told) told = write("\nready\n");
    closeSync(openSync(`${folder}/beat/${id}`, "w"));
    obey();
  };
  const timer = setInterval(tick, 100);
  return {
    end() {
      clearInterval(timer);
      lock.close();
      closeSync(count);
      book("E");
    },
  };
}

/** To stdout by one write(2). */
export function writeOut(text) {
  try {
    return writeSync(1, text) === Buffer.byteLength(text);
  } catch {
    // A full disk: the writer says it again.
    return false;
  }
}
