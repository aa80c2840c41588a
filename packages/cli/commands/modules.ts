// modules.ts: `skelly modules`: the ids, one a line. Hidden; the completion scripts ask it.
import { type Context, findPlace } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { knownModules } from "../known-modules.ts";

export async function run(context: Context): Promise<number> {
  const ids = (await knownModules(findPlace(context), context)) ?? [];
  for (const id of ids) if (!id.startsWith("skelly:")) context.terminal.print(id);
  return EXIT.done;
}
