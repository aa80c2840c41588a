// main.ts: the command's front door: finds the verb, runs it, and turns its end into an exit code.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArguments, splitVerb } from "./args.ts";
import { NOT_BUILT, VERBS } from "./commands/verbs.ts";
import type { Context, Program, Verb } from "./context.ts";
import { CommandError, EXIT, usageError } from "./exit-codes.ts";
import { didYouMean } from "./nearest.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** Called by bin/skelly.js. Sets the exit code; never ends the process with output unwritten. */
export async function main(start: {
  readonly argv: readonly string[];
  readonly root: string;
}): Promise<void> {
  leaveQuietlyWithReader();
  const { verb, rest } = splitVerb(start.argv);
  const terminal = openTerminal(process.stdout, process.stderr, process.env, {
    noColor: start.argv.includes("--no-color"),
  });
  try {
    process.exitCode = await runVerb(verb, rest, start.root, terminal);
  } catch (error) {
    process.exitCode = explain(error, terminal);
  }
}

async function runVerb(
  verb: string | null,
  rest: readonly string[],
  root: string,
  terminal: Terminal,
): Promise<number> {
  if (verb === null && rest.some((word) => word === "--version" || word === "-V")) {
    return runVerb(
      "version",
      rest.filter((word) => word !== "--version" && word !== "-V"),
      root,
      terminal,
    );
  }
  const found = findVerb(verb ?? "help");
  const args = parseArguments(rest, found.flags ?? [], found.name);
  const program = programAt(root);
  const context: Context = { args, terminal, env: process.env, cwd: process.cwd(), program };
  if (args.has("help") && found.name !== "help") {
    const help = await import("./commands/help.ts");
    return help.showVerb(found, context);
  }
  return (await found.load()).run(context);
}

export function findVerb(name: string): Verb {
  const verb = VERBS.find((each) => each.name === name || each.aliases?.includes(name));
  if (verb !== undefined) return verb;
  if (NOT_BUILT.includes(name)) throw usageError(`skelly ${name} is not built yet.`);
  const names = VERBS.filter(({ group }) => group !== "hidden").flatMap((each) => [
    each.name,
    ...(each.aliases ?? []),
  ]);
  throw usageError(
    `\`skelly ${name}\` is not a command.${didYouMean(name, names)}`,
    "See `skelly help`.",
  );
}

function programAt(root: string): Program {
  return {
    root,
    dist: join(root, "dist"),
    get version() {
      const manifest = readFileSync(join(root, "package.json"), "utf8");
      return (JSON.parse(manifest) as { version: string }).version;
    },
  };
}

/** What a person can help is said plainly; anything else is a bug and keeps its stack. */
export function explain(error: unknown, terminal: Terminal): number {
  const { paint } = terminal;
  if (error instanceof CommandError) {
    terminal.complain(`${paint.red("skelly:")} ${error.message}`);
    for (const line of error.next) terminal.complain(`  ${line}`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.complain(`${paint.red("skelly: a bug in skelly itself:")} ${stack}`);
  return EXIT.failed;
}

/** `skelly logs | head`: when the reader leaves, so do we. */
function leaveQuietlyWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(EXIT.done);
      throw error;
    });
  }
}
