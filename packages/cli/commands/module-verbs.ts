// module-verbs.ts: `skelly start|stop|restart|recover <module…>`: what is asked of single modules.
import type { Json, ModuleStatus, SystemEvent } from "@skelly-jelly/contract";
import { type Context, findPlace, withClient } from "../context.ts";
import { ControlError } from "../control-client.ts";
import { EXIT, usageError } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { renderEvent } from "../render/events.ts";
import { moduleNotes, moduleTable } from "../render/status.ts";
import { widthOf } from "../render/width.ts";
import { timeoutOf } from "./down.ts";

export type ModuleVerb = "start" | "stop" | "restart" | "recover";

const INSTEAD: Readonly<Record<ModuleVerb, string>> = {
  start: "The whole system: `skelly up`.",
  stop: "The whole system: `skelly down`.",
  restart: "The whole system: `skelly down`, then `skelly up`.",
  recover: "Which ones were given up: `skelly status`.",
};

export function moduleVerb(verb: ModuleVerb): { run(context: Context): Promise<number> } {
  return { run: (context) => runModuleVerb(verb, context) };
}

async function runModuleVerb(verb: ModuleVerb, context: Context): Promise<number> {
  const { args, terminal } = context;
  const modules = [...new Set(args.words)];
  if (modules.length === 0) {
    throw usageError(`\`skelly ${verb}\` needs the name of a module.`, INSTEAD[verb]);
  }
  const timeoutMs = timeoutOf(args);
  const json = args.has("json");
  const nameWidth = Math.max(...modules.map(widthOf));
  let lastSeq = 0;
  const onItem = (item: Json): void => {
    const event = item as unknown as SystemEvent;
    // Two requests on one connection are told of the same event twice.
    if (json || event.seq <= lastSeq) return;
    lastSeq = event.seq;
    const line = renderEvent(event, nameWidth, lookOf(terminal));
    if (line !== null) terminal.print(line);
  };
  const place = findPlace(context);
  return withClient(place, async (client) => {
    const ask = (module: string): Promise<Json> =>
      client.request(
        verb,
        { module, ...(timeoutMs !== null && { timeoutMs }) },
        // The daemon holds to the limit itself; ours is for a daemon that does not answer.
        { timeoutMs: timeoutMs === null ? null : timeoutMs + ANSWER_MS, onItem },
      );
    const answers = await Promise.allSettled(modules.map(ask));
    const refused = answers.flatMap((answer) =>
      answer.status === "rejected" ? [answer.reason as unknown] : [],
    );
    const done = answers.flatMap((answer) =>
      answer.status === "fulfilled" ? statusesIn(answer.value) : [],
    );
    show(done, json, context);
    if (refused.length > 0) throw joined(refused);
    const failed = verb !== "stop" && done.some(({ state }) => state === "failed");
    return failed ? EXIT.failed : EXIT.done;
  });
}

const ANSWER_MS = 5_000;

/** One status, or one for each replica. */
const statusesIn = (answer: Json): ModuleStatus[] =>
  (Array.isArray(answer) ? answer : [answer]) as unknown as ModuleStatus[];

function show(modules: readonly ModuleStatus[], json: boolean, { terminal }: Context): void {
  if (json) return terminal.print(JSON.stringify({ modules }));
  if (modules.length === 0) return;
  const look = lookOf(terminal);
  const now = terminal.nowMs();
  const notes = modules.flatMap((module) => moduleNotes(module, now, look));
  for (const line of [...moduleTable(modules, now, look), ...notes]) terminal.print(line);
}

/** The first refusal decides the exit code; every one is told. */
function joined(refused: readonly unknown[]): unknown {
  const [first, ...more] = refused;
  if (more.length === 0 || !(first instanceof ControlError)) return first;
  const rest = more.map((error) => (error instanceof Error ? error.message : String(error)));
  return new ControlError(first.code, first.message, [...first.problems, ...rest]);
}
