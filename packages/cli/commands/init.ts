// init.ts: `skelly init`: a first configuration that runs on any Linux machine.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { Context } from "../context.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { CONFIG_NAMES } from "../find-config.ts";

export async function run(context: Context): Promise<number> {
  const { args, terminal, cwd } = context;
  const [folder = ".", ...more] = args.words;
  if (more.length > 0) throw usageError("`skelly init` takes one folder, or none.");
  if (args.value("config") !== null)
    throw usageError("`skelly init` takes a folder instead of -c.");
  const target = resolve(cwd, folder);
  const present = CONFIG_NAMES.find((name) => existsSync(join(target, name)));
  if (present !== undefined) {
    throw new CommandError(
      EXIT.failed,
      `${join(target, present)} is there already; nothing was changed.`,
      ["Check it with `skelly validate`, or name another folder."],
    );
  }
  const format = args.has("ts") ? "ts" : args.has("json") ? "json" : "yaml";
  const file = join(target, `skelly.config.${format}`);
  mkdirSync(target, { recursive: true });
  // wx: a file that came into being meanwhile is not overwritten either.
  writeFileSync(file, WRITERS[format](systemName(target)), { flag: "wx" });
  const shown = relative(cwd, file) || file;
  const { paint, symbols } = terminal;
  terminal.print(`${paint.green(symbols.ok)} wrote ${shown}`);
  const inside = target === cwd ? "" : `cd ${folder}; `;
  terminal.print(`Next: ${inside}skelly validate; skelly up`);
  return EXIT.done;
}

/** The folder's name, made fit: lower-case letters, digits, `-`. */
function systemName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return name === "" ? "my-system" : name;
}

const CLOCK = "while true; do date +%T > next.txt; mv next.txt clock.txt; sleep 1; done";
const READER =
  "echo ready to read; while true; do echo the clock says $(cat clock.txt); sleep 5; done";
const FRESH = "find clock.txt -mmin -1 | grep -q clock";

const WRITERS: Readonly<Record<"yaml" | "json" | "ts", (name: string) => string>> = {
  yaml: (name) => `# A system of two modules. Check it: skelly validate. Run it: skelly up
name: ${name}

modules:
  # Writes the time into a file, every second. A string is run by the shell, a list as it is.
  clock:
    command: ${JSON.stringify(CLOCK)}
    # Who depends on it waits for this. Also: http: URL, tcp: PORT, log: REGEX.
    ready: { exec: ["test", "-s", "clock.txt"] }
    # Asked while it runs; three misses in a row, and it is restarted.
    liveness:
      exec: ["sh", "-c", ${JSON.stringify(FRESH)}]
      interval: 5s

  # Reads that file. Starts when the clock is healthy.
  reader:
    command: ${JSON.stringify(READER)}
    dependsOn: [clock]
    ready: { log: "ready to read" }
    # SIGTERM first, SIGKILL after this.
    stop: { timeout: 5s }
    # More, when you need it:
    # required: false
    # limits: { memory: 64MB }
    # env: { LOG_LEVEL: info }
`,
  json: (name) =>
    `${JSON.stringify(
      {
        name,
        modules: {
          clock: {
            command: CLOCK,
            ready: { exec: ["test", "-s", "clock.txt"] },
            liveness: { exec: ["sh", "-c", FRESH], interval: "5s" },
          },
          reader: {
            command: READER,
            dependsOn: ["clock"],
            ready: { log: "ready to read" },
            stop: { timeout: "5s" },
          },
        },
      },
      null,
      2,
    )}\n`,
  ts: (name) => `// A system of two modules. Check it: skelly validate. Run it: skelly up
import { defineSystem } from "skelly-jelly";

export default defineSystem({
  name: ${JSON.stringify(name)},
  modules: {
    // Writes the time into a file, every second.
    clock: {
      command: ${JSON.stringify(CLOCK)},
      ready: { exec: ["test", "-s", "clock.txt"] },
      liveness: {
        exec: ["sh", "-c", ${JSON.stringify(FRESH)}],
        interval: "5s",
      },
    },
    // Reads that file. Starts when the clock is healthy, and waits when it is not.
    reader: {
      command: ${JSON.stringify(READER)},
      dependsOn: ["clock"],
      ready: { log: "ready to read" },
      stop: { timeout: "5s" },
    },
  },
});
`,
};
