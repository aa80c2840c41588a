// known-modules.ts: which modules there are, for a mistyped name and for completion.
import { askStatus } from "./commands/status.ts";
import { type Context, type Place, withClient } from "./context.ts";
import { CommandError } from "./exit-codes.ts";

/** From the daemon, else from the file; `null` when neither can be read. */
export async function knownModules(
  place: Place,
  context: Context,
): Promise<readonly string[] | null> {
  try {
    const report = await withClient(place, (client) => askStatus(client, true));
    return report.modules.map(({ id }) => id);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
  if (place.configFile === null) return null;
  const { loadSystem } = await import("./load-system.ts");
  const { system } = await loadSystem(place.configFile, null, context);
  return system === null ? null : system.modules.map(({ id }) => id);
}
