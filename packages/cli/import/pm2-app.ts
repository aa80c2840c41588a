// pm2-app.ts: one app of a PM2 ecosystem file as a module.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, extname, resolve } from "node:path";
import type { LogsConfig } from "@skelly-jelly/contract";
import { binaryBytes, sizeText } from "./amounts.ts";
import type { Evaluated } from "./evaluate-ecosystem.ts";
import type { Group } from "./group.ts";
import type { Draft, Source, WritableModule } from "./imported.ts";
import { malformed } from "./notes.ts";
import { envParts, type Ids, placeIn, refuseName } from "./parts.ts";
import { APP_ADVICE, isLogKey, LOGS } from "./pm2-advice.ts";
import { lifeOf } from "./pm2-life.ts";
import { splitWords } from "./variables.ts";

export type EcosystemApp = {
  readonly group: Group;
  readonly source: Source;
  readonly ids: Ids;
  readonly read: Evaluated["read"];
};

export type AppDraft = {
  readonly draft: Draft;
  /** `env_production` and the like, by the name behind `env_`. */
  readonly environments: readonly (readonly [string, Record<string, string>])[];
};

export function draftOf(app: EcosystemApp): AppDraft {
  const { group, source, ids } = app;
  const { notes, shown, folder, outFolder } = source;
  const script = either(group, ["script", "exec", "cmd", "command"]);
  if (script === null) throw malformed(shown, group.line(), "an app needs a script");
  const name = group.text("name") ?? basename(script).replace(/\.[^.]*$/, "");
  const id = ids.of(name);
  const cwd = resolve(folder, group.text("cwd") ?? ".");
  const config: WritableModule = { command: commandOfApp(app, script, cwd) };
  placeIn(config, outFolder, cwd, group.text("cwd") ?? "");
  const port = group.text("port");
  const env = { ...environmentOf(app, id, "env"), ...(port !== null && { PORT: port }) };
  if (Object.keys(env).length > 0) config.env = env;
  const environments = group
    .keys()
    .filter((key) => /^env_\S+$/.test(key))
    .map((key) => [key.slice(4), environmentOf(app, id, key)] as const);
  Object.assign(
    config,
    instancesOf(app, id),
    lifeOf(group, notes, id),
    limitsOf(group),
    logsOf(group),
  );
  const user = either(group, ["user", "uid"]);
  if (user !== null) config.user = /^\d+$/.test(user) ? Number(user) : user;
  for (const key of group.keys().filter(isLogKey)) {
    const value = group.take(key);
    if (value === undefined || value === false) continue;
    notes.add({ module: id, what: key, line: group.line(key), instead: LOGS });
  }
  group.noteRest(notes, id, APP_ADVICE);
  return { draft: { name, id, line: group.line(), config, edges: [], comments: [] }, environments };
}

/** The first that is written; all are read. */
function either(group: Group, keys: readonly string[]): string | null {
  const texts = keys.map((key) => group.text(key));
  return texts.find((text) => text !== null) ?? null;
}

/** PM2's own table of endings. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  ".sh": "bash",
  ".py": "python3",
  ".rb": "ruby",
  ".php": "php",
  ".pl": "perl",
  ".coffee": "coffee",
  ".ls": "lsc",
  ".js": "node",
  ".cjs": "node",
  ".mjs": "node",
  ".ts": "node",
};

function commandOfApp(
  { group, source }: EcosystemApp,
  script: string,
  cwd: string,
): string | string[] {
  const args = wordsAt(group, ["args"]);
  const interpreterArgs = wordsAt(group, ["interpreter_args", "interpreterArgs", "node_args"]);
  const chosen = either(group, ["interpreter", "exec_interpreter"]);
  const there = existsSync(resolve(cwd, script));
  if (!there && /\s/.test(script.trim())) {
    // PM2 gives a script with blanks in it to bash.
    return [script, ...args].join(" ");
  }
  const usual = INTERPRETERS[extname(script)];
  if (chosen === "none" || (chosen === null && !there && usual === undefined))
    return [script, ...args];
  const interpreter = chosen ?? usual ?? "node";
  if (/^node@/.test(interpreter)) {
    source.notes.add({
      module: null,
      what: `interpreter: ${interpreter}`,
      line: group.line("interpreter"),
      instead:
        "PM2 lets nvm choose; write the path of that Node.js as the first word of the command.",
    });
    return ["node", ...interpreterArgs, script, ...args];
  }
  // An executable without an ending that PM2 knows is run by node there, which reads no binary.
  if (chosen === null && usual === undefined) return [plainPath(script), ...args];
  return [interpreter, ...interpreterArgs, script, ...args];
}

const plainPath = (script: string): string => (script.includes("/") ? script : `./${script}`);

function wordsAt(group: Group, keys: readonly string[]): string[] {
  const [key] = keys.filter((each) => group.has(each));
  for (const each of keys) group.take(each);
  if (key === undefined) return [];
  if (group.isList(key)) return group.texts(key) ?? [];
  const words = splitWords(group.text(key) ?? "");
  if (words === null) throw group.wrong(key, "text whose quotes are closed");
  return words;
}

function environmentOf({ group, source, read }: EcosystemApp, id: string, key: string) {
  const map = group.group(key);
  const pairs = (map?.keys() ?? []).flatMap((name) => {
    const value = map?.take(name);
    if (value === undefined) return [];
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return [[name, [text]] as const];
  });
  const { env } = envParts(pairs, new Set(), refuseName(source.notes, id, group.line(key)));
  // What the program took from its environment is not copied into a file: it may be a secret.
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, text]) => {
      const [from] =
        Object.entries(read).find(([, value]) => value === text && text.length >= 4) ?? [];
      if (from === undefined) return [[name, text]];
      return from === name ? [] : [[name, `env:${from}`]];
    }),
  );
}

function instancesOf({ group, source }: EcosystemApp, id: string): WritableModule {
  const written = group.text("instances");
  const mode = (group.text("exec_mode") ?? "fork").replace(/_mode$/, "");
  if (mode !== "fork" && mode !== "cluster") throw group.wrong("exec_mode", "fork or cluster");
  const cpus = availableParallelism();
  const count = written === null ? 1 : written === "max" ? 0 : Number(written);
  if (!Number.isInteger(count)) throw group.wrong("instances", 'a whole number or "max"');
  const instances = count > 0 ? count : Math.max(1, cpus + count);
  const note = (what: string, key: string, instead: string): void =>
    source.notes.add({ module: id, what, line: group.line(key), instead });
  for (const key of ["instance_var", "increment_var"]) {
    const name = group.text(key);
    if (name !== null && instances > 1) {
      note(
        `${key}: ${name}`,
        key,
        "Instances are told apart by the end of SKELLY_INCARNATION (`#n`).",
      );
    }
  }
  // In cluster mode all share one port; processes of their own cannot.
  if (mode === "cluster" && instances > 1) {
    note(
      `exec_mode: cluster with ${written} instances`,
      "exec_mode",
      "One runs: instances here share no port. Use node:cluster inside it, or `instances` with a port for each.",
    );
    return {};
  }
  if (count <= 0)
    note(
      `instances: ${written}`,
      "instances",
      `It is ${instances} on this machine; change it for others.`,
    );
  return instances > 1 ? { instances } : {};
}

function limitsOf(group: Group): WritableModule {
  const written = group.text("max_memory_restart");
  if (written === null) return {};
  const bytes = binaryBytes(written);
  if (bytes === null) throw group.wrong("max_memory_restart", 'a size such as "300M"');
  return { limits: { memory: sizeText(bytes) } };
}

/** pm2-logrotate keeps its settings elsewhere; an app may only turn logs off. */
function logsOf(group: Group): { logs?: LogsConfig } {
  return group.flag("disable_logs") === true ? { logs: { keep: 0 } } : {};
}
