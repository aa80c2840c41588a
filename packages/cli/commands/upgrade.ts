// upgrade.ts: `skelly upgrade`: another orchestrator takes the place of the one that runs; no module is restarted.
import type { JsonObject, SystemStatusReport } from "@skelly-jelly/contract";
import { type Context, findPlace, withClient } from "../context.ts";
import { closedWithin } from "../control-client.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { requireConfig } from "../find-config.ts";
import { requireSystem } from "../load-system.ts";
import { startDaemon } from "../start-daemon.ts";

/** How long the old one may take to let go. */
const LEAVE_TIMEOUT_MS = 10_000;

export async function run(context: Context): Promise<number> {
  const { args, terminal, cwd, program } = context;
  const { file } = requireConfig(args.value("config"), cwd);
  // Before anything is let go of: a configuration that cannot be used must not leave it unwatched.
  const system = await requireSystem(file, args.value("profile"), context);
  const place = { ...findPlace(context), configFile: file };
  const before = await withClient(place, async (client) => {
    const ping = (await client.request("ping")) as JsonObject;
    await client.request("leave");
    if (!(await closedWithin(client, LEAVE_TIMEOUT_MS))) {
      throw new CommandError(
        EXIT.timedOut,
        `The orchestrator (pid ${ping["pid"]}) did not let go.`,
        ["Its modules are still watched by it: see `skelly status`."],
      );
    }
    return ping;
  });
  const options = { profile: args.value("profile"), foreground: false };
  const daemon = await startDaemon(system, place, options, context);
  try {
    const started = await daemon.client.request(
      "await-start",
      { attend: false },
      { timeoutMs: null },
    );
    const { orchestrator } = started as unknown as SystemStatusReport;
    if (args.has("json")) {
      terminal.print(JSON.stringify({ before, after: orchestrator }));
      return EXIT.done;
    }
    const { paint, symbols } = terminal;
    const was = before["version"] === program.version ? "" : ` (was ${String(before["version"])})`;
    terminal.print(
      `${paint.green(symbols.ok)} ${system.name}: version ${program.version}${was}, ` +
        `pid ${orchestrator.pid} in place of ${String(before["pid"])}; ` +
        `${orchestrator.adopted} running modules taken over, none restarted.`,
    );
    return EXIT.done;
  } finally {
    daemon.client.close();
  }
}
