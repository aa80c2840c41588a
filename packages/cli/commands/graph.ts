// graph.ts: `skelly graph`: what depends on what, coloured by how it is when it runs.
import type { LifecycleState } from "@skelly-jelly/contract";
import { dependencyGraph } from "../../orchestrator/model/dependency-graph.ts";
import { type Context, findPlace, withClient } from "../context.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { requireConfig } from "../find-config.ts";
import { requireSystem } from "../load-system.ts";
import { lookOf } from "../look.ts";
import { didYouMean } from "../nearest.ts";
import { dotGraph, type Graph, mermaidGraph, renderGraph } from "../render/graph.ts";
import { askStatus } from "./status.ts";

const FORMATS = ["text", "mermaid", "dot"];

export async function run(context: Context): Promise<number> {
  const { args, terminal, cwd } = context;
  const format = args.value("format") ?? "text";
  if (!FORMATS.includes(format)) {
    throw usageError(
      `--format must be text, mermaid or dot (got '${format}').${didYouMean(format, FORMATS)}`,
    );
  }
  const { file } = requireConfig(args.value("config"), cwd);
  const system = await requireSystem(file, args.value("profile"), context);
  const states = await liveStates(context);
  const graph: Graph = {
    name: system.name,
    waves: dependencyGraph(system.modules).waves,
    modules: system.modules.map(({ id, dependsOn, required, task }) => ({
      id,
      dependsOn,
      required,
      task,
      state: states.get(id) ?? null,
    })),
  };
  if (args.has("json")) terminal.print(JSON.stringify(graph));
  else for (const line of drawn(graph, format, context)) terminal.print(line);
  return EXIT.done;
}

function drawn(graph: Graph, format: string, { terminal }: Context): string[] {
  if (format === "mermaid") return mermaidGraph(graph);
  return format === "dot" ? dotGraph(graph) : renderGraph(graph, lookOf(terminal));
}

async function liveStates(context: Context): Promise<ReadonlyMap<string, LifecycleState>> {
  try {
    const report = await withClient(findPlace(context), (client) => askStatus(client, false));
    return new Map(report.modules.map(({ id, state }) => [id.replace(/#1$/, ""), state]));
  } catch (error) {
    // Nothing runs (or nothing answers): the file alone is drawn.
    if (error instanceof CommandError) return new Map();
    throw error;
  }
}
