// version.ts: `skelly version`: ours, and the Node.js that the orchestrator would run on.
import type { Context } from "../context.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { findRuntime, type Runtime } from "../runtime.ts";

export async function run(context: Context): Promise<number> {
  const { args, terminal, program, env } = context;
  const runtime = runtimeOrNull(program.dist, env);
  if (args.has("json")) {
    const { version } = program;
    terminal.print(JSON.stringify({ version, node: process.versions.node, runtime }));
    return EXIT.done;
  }
  terminal.print(`skelly ${program.version}`);
  const orchestrator =
    runtime === null
      ? "no Node.js fit for it was found"
      : `Node.js ${runtime.version} (${runtime.path})`;
  terminal.print(
    terminal.paint.dim(`command: Node.js ${process.versions.node}; orchestrator: ${orchestrator}`),
  );
  return EXIT.done;
}

function runtimeOrNull(dist: string, env: Context["env"]): Runtime | null {
  try {
    return findRuntime(dist, env);
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
