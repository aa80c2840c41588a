// procfile.ts: imports a Procfile, as foreman, honcho, overmind and Heroku read it.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Draft, Imported, Source, WritableModule } from "./imported.ts";
import { malformed } from "./notes.ts";
import { dotenvBeside, envFilesFrom, Ids, placeIn } from "./parts.ts";

/** foreman's: the first process's PORT, and how far apart they are. */
const PORT_FIRST = 5000;
const PORT_STEP = 100;

export function importProcfile(source: Source): Imported {
  const { text, shown, folder, outFolder, notes } = source;
  const dotenv = dotenvBeside(folder, dirname(shown));
  const basePort = Number(dotenv?.values["PORT"] ?? PORT_FIRST);
  const ids = new Ids();
  const lines = new Map<string, number>();
  const drafts: Draft[] = [];
  for (const [index, written] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (/^\s*(#|$)/.test(written)) continue;
    const [, name, command] = /^([A-Za-z0-9_-]+):\s*(\S.*)$/.exec(written) ?? [];
    if (name === undefined || command === undefined) {
      throw malformed(shown, index + 1, "a line must be `name: command`");
    }
    const before = lines.get(name);
    if (before !== undefined) {
      throw malformed(shown, index + 1, `'${name}' is there already, on line ${before}`);
    }
    lines.set(name, index + 1);
    const port = basePort + PORT_STEP * drafts.length;
    const config: WritableModule = { command: command.trim() };
    const comments: string[] = [];
    if (name === "release") {
      config.task = true;
      comments.push(
        "Heroku runs `release` to its end before the others: name it in their dependsOn.",
      );
    }
    placeIn(config, outFolder, folder);
    if (port <= 65_535) config.env = { PORT: String(port) };
    const [envFile] = dotenv === null ? [] : envFilesFrom(outFolder, folder, [".env"]);
    if (envFile !== undefined) config.envFile = envFile;
    drafts.push({ name, id: ids.of(name), line: index + 1, config, edges: [], comments });
  }
  if (drafts.length === 0) throw malformed(shown, null, "it names no process");
  notes.add({
    module: null,
    what: "the end of one process ends all the others",
    line: null,
    instead: "Skelly restarts the one that ended. `restart: never` leaves it ended.",
  });
  if (existsSync(join(folder, ".foreman"))) {
    notes.add({
      module: null,
      what: "the options of foreman",
      line: null,
      file: join(dirname(shown), ".foreman"),
      instead: "How many of each: `instances`; another port: `env: { PORT: … }`.",
    });
  }
  return { name: null, drafts, leftOut: [], profiles: {} };
}
