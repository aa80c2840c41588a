// export.ts: `skelly export systemd`: the system as something else runs it.
import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { Context } from "../context.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { installSteps, systemdUnit, type UnitFacts, unitNameOf } from "../export/systemd-unit.ts";
import { requireConfig } from "../find-config.ts";
import { requireSystem } from "../load-system.ts";
import { didYouMean } from "../nearest.ts";

const KINDS = ["systemd"];
const LATER = ["kubernetes", "compose"];

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  const [kind, ...more] = args.words;
  if (kind === undefined || more.length > 0 || !KINDS.includes(kind)) throw wrongKind(kind);
  if (args.has("user") && args.has("system")) throw usageError("--user or --system, not both.");
  const facts = await factsOf(context);
  const unit = systemdUnit(facts);
  const out = args.value("out");
  if (out === null) {
    if (args.has("json")) terminal.print(JSON.stringify(answer(facts, null, unit)));
    else tellUnit(facts, unit, context);
    return EXIT.done;
  }
  const file = write(resolve(context.cwd, out), facts, unit, args.has("force"));
  if (args.has("json")) {
    terminal.print(JSON.stringify(answer(facts, file, unit)));
    return EXIT.done;
  }
  terminal.print(`${terminal.paint.green(terminal.symbols.ok)} wrote ${file}`);
  terminal.print("");
  for (const step of installSteps(facts, file)) terminal.print(`  ${step}`);
  return EXIT.done;
}

const answer = (facts: UnitFacts, file: string | null, unit: string) => ({
  name: unitNameOf(facts.name),
  scope: facts.scope,
  file,
  unit,
  install: installSteps(facts, file),
});

/** The unit alone on stdout, so that it can be redirected; what to do with it on stderr. */
function tellUnit(facts: UnitFacts, unit: string, { terminal }: Context): void {
  terminal.print(unit.trimEnd());
  terminal.complain("");
  terminal.complain(`Save it as ${unitNameOf(facts.name)} (or use --out DIR), then:`);
  for (const step of installSteps(facts, null)) terminal.complain(`  ${step}`);
}

function wrongKind(kind: string | undefined): CommandError {
  if (kind !== undefined && LATER.includes(kind)) {
    return usageError(`skelly export ${kind} is not built yet; systemd is.`);
  }
  const guess = kind === undefined ? "" : didYouMean(kind, KINDS);
  return usageError(`What for: systemd?${guess}`, "For example: skelly export systemd");
}

async function factsOf(context: Context): Promise<UnitFacts> {
  const { args, cwd, program, env } = context;
  const { file } = requireConfig(args.value("config"), cwd);
  const profile = args.value("profile");
  const system = await requireSystem(file, profile, context);
  return {
    scope: args.has("system") ? "system" : "user",
    name: system.name,
    configFile: file,
    directory: system.directory,
    node: process.execPath,
    program: join(program.root, "bin", "skelly.js"),
    profile,
    env: keptOf(env),
    shutdownTimeoutMs: system.orchestrator.shutdownTimeoutMs,
    user: userInfo().username,
  };
}

/** A service manager gives a short PATH, on which the modules' commands may not be. */
function keptOf(env: Context["env"]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ["PATH", "SKELLY_HOME", "SKELLY_NODE", "LANG"]) {
    const value = env[name];
    if (value !== undefined && value !== "") kept[name] = value;
  }
  return kept;
}

function write(folder: string, facts: UnitFacts, unit: string, force: boolean): string {
  const file = join(folder, unitNameOf(facts.name));
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, unit, { flag: force ? "w" : "wx", mode: 0o644 });
    return file;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new CommandError(EXIT.failed, `${file} is there already; nothing was written.`, [
        "Look at it, then write over it with --force.",
      ]);
    }
    throw new CommandError(EXIT.failed, `${file} cannot be written: ${message}.`);
  }
}
