// doctor.ts: `skelly doctor`: what this machine offers, what is missing, and what to do about it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SystemDescriptor, SystemStatusReport } from "@skelly-jelly/contract";
import { type Context, isAlive, type Place, readDaemonFile, withClient } from "../context.ts";
import type { Check } from "../doctor/check.ts";
import { judgeMachine, type Needs } from "../doctor/judge-machine.ts";
import {
  judgeRuntime,
  judgeState,
  judgeSystem,
  type RuntimeFacts,
  type SystemFacts,
} from "../doctor/judge-system.ts";
import { machineFacts, stateFacts } from "../doctor/machine-facts.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { findConfig } from "../find-config.ts";
import { loadSystem } from "../load-system.ts";
import { lookOf } from "../look.ts";
import { renderDoctor } from "../render/doctor.ts";
import { findRuntime, runtimesHere } from "../runtime.ts";
import { homeOf, statePaths } from "../state-paths.ts";
import { askStatus } from "./status.ts";

/** What `skelly up` starts. */
const PROGRAM_FILES = [
  "daemon.cjs",
  "read-config.mjs",
  "read-journal.mjs",
  "process-host.mjs",
  "worker-host.mjs",
  "worker-thread.mjs",
  "hub-module.mjs",
];

export async function run(context: Context): Promise<number> {
  const { args, terminal, env, cwd, program } = context;
  if (args.words.length > 0) {
    throw usageError(`\`skelly doctor\` looks at everything (got '${args.words[0]}').`);
  }
  const configFile = findConfig(args.value("config"), cwd)?.file ?? null;
  const home = homeOf(configFile, env);
  const runtime = runtimeFacts(context);
  const loaded = await load(configFile, runtime, context);
  const now = { wallMs: terminal.nowMs(), nodeVersion: runtime.used?.version ?? null };
  const checks: Check[] = [
    ...judgeRuntime(runtime),
    ...judgeMachine(machineFacts(program.dist, env, now), needsOf(loaded.system)),
  ];
  if (home !== null) {
    const place = { configFile, paths: statePaths(home, env) };
    checks.push(...judgeState(stateFacts(place.paths)));
    checks.push(...judgeSystem(await systemFacts(place, loaded, context)));
  } else {
    checks.push(...judgeSystem({ ...NOWHERE, version: program.version }));
  }
  const lacking = checks.some(({ verdict }) => verdict === "missing");
  if (args.has("json")) terminal.print(JSON.stringify({ ok: !lacking, checks }));
  else for (const line of renderDoctor(checks, lookOf(terminal))) terminal.print(line);
  return lacking ? EXIT.failed : EXIT.done;
}

const NOWHERE: Omit<SystemFacts, "version"> = {
  configFile: null,
  problems: [],
  modules: null,
  daemonFile: null,
  daemonAlive: false,
  status: null,
};

function runtimeFacts({ program, env }: Context): RuntimeFacts {
  const found = runtimesHere(program.dist, env);
  const lacks = PROGRAM_FILES.filter((name) => !existsSync(join(program.dist, name)));
  const known = { version: program.version, found, lacks };
  try {
    return { ...known, used: findRuntime(program.dist, env), trouble: null };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { ...known, used: null, trouble: error.message };
  }
}

type Loaded = Pick<SystemFacts, "problems"> & { readonly system: SystemDescriptor | null };

/** A TypeScript file cannot be read without a runtime: then nothing is known of its system. */
async function load(
  configFile: string | null,
  { used }: RuntimeFacts,
  context: Context,
): Promise<Loaded> {
  if (configFile === null || used === null) return { system: null, problems: [] };
  return loadSystem(configFile, context.args.value("profile"), context);
}

function needsOf(system: SystemDescriptor | null): Needs {
  const modules = system?.modules ?? [];
  return {
    modules: modules.reduce((sum, { instances }) => sum + instances, 0),
    limited: modules.filter(({ limits }) => Object.keys(limits).length > 0).length,
    users: modules.filter(({ user }) => user !== null).length,
    fileHandlesMax: Math.max(0, ...modules.map(({ limits }) => limits.fileHandles ?? 0)),
  };
}

async function systemFacts(
  place: Place,
  { system, problems }: Loaded,
  { program }: Context,
): Promise<SystemFacts> {
  const daemonFile = readDaemonFile(place.paths);
  return {
    configFile: place.configFile,
    problems,
    modules: system?.modules.length ?? null,
    version: program.version,
    daemonFile,
    daemonAlive: daemonFile !== null && isAlive(daemonFile),
    status: await statusOf(place),
  };
}

async function statusOf(place: Place): Promise<SystemStatusReport | null> {
  try {
    return await withClient(place, (client) => askStatus(client, true));
  } catch (error) {
    // Nothing listens, or it does not answer: the daemon's file tells which.
    if (error instanceof CommandError) return null;
    throw error;
  }
}
