// help.ts: `skelly help`: the verbs, or one of them.
import { type Flag, GLOBAL_FLAGS } from "../args.ts";
import type { Context, Verb } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { findVerb } from "../main.ts";
import { padEnd } from "../render/width.ts";
import { VERBS } from "./verbs.ts";

const GROUPS: readonly { readonly group: Verb["group"]; readonly title: string }[] = [
  { group: "make", title: "Make a system" },
  { group: "run", title: "Run it" },
  { group: "look", title: "Look at it" },
  { group: "other", title: "Other" },
];

const EXIT_CODES = [
  "0 done   1 the system or a module failed   2 wrong usage   3 not running",
  "4 timed out   78 bad configuration   128+n ended by signal n (up, -f)",
];

export async function run(context: Context): Promise<number> {
  const [name] = context.args.words;
  return name === undefined ? showAll(context) : showVerb(findVerb(name), context);
}

function showAll({ terminal }: Context): number {
  const { paint, print } = terminal;
  print(`${paint.bold("skelly")} runs systems made of modules: starts them in order, keeps them`);
  print("healthy, recovers them when they fail, and stops them cleanly.");
  print("");
  print(`${paint.bold("Usage:")} skelly <command> [options]`);
  for (const { group, title } of GROUPS) {
    print("");
    print(paint.bold(title));
    for (const verb of VERBS) {
      if (verb.group !== group) continue;
      const names = [verb.name, ...(verb.aliases ?? [])].join(", ");
      print(`  ${padEnd(names, 18)}  ${verb.says}`);
    }
  }
  print("");
  print(paint.bold("Options everywhere"));
  for (const line of flagLines(GLOBAL_FLAGS)) print(line);
  print("");
  print(paint.bold("Exit codes"));
  for (const line of EXIT_CODES) print(`  ${line}`);
  print("");
  print("A first system: `skelly init`, then `skelly up`. More: `skelly help <command>`.");
  return EXIT.done;
}

export function showVerb(verb: Verb, { terminal }: Context): number {
  const { paint, print } = terminal;
  const options = (verb.flags ?? []).length > 0 ? " [options]" : "";
  print(`${paint.bold(`skelly ${verb.name}`)}: ${verb.says}`);
  print("");
  for (const [index, takes] of (verb.takes ?? "").split(" | ").entries()) {
    const lead = index === 0 ? paint.bold("Usage:") : "      ";
    print(`${lead} skelly ${[verb.name, takes].filter((word) => word !== "").join(" ")}${options}`);
  }
  if (verb.aliases !== undefined)
    print(`Also:  ${verb.aliases.map((name) => `skelly ${name}`).join(", ")}`);
  if (verb.more !== undefined) {
    print("");
    for (const line of verb.more) print(line);
  }
  print("");
  print(paint.bold("Options"));
  for (const line of flagLines([...(verb.flags ?? []), ...GLOBAL_FLAGS])) print(line);
  return EXIT.done;
}

function flagLines(flags: readonly Flag[]): string[] {
  return flags.map(({ name, short, takes, says }) => {
    const value = takes === undefined ? "" : ` ${takes}`;
    const lead = short === undefined ? "    " : `-${short}, `;
    return `  ${padEnd(`${lead}--${name}${value}`, 22)}  ${says}`;
  });
}
