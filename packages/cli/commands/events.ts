// events.ts: `skelly events`: what happened, and why; with -f what happens.
import type { Json, SystemEvent } from "@skelly-jelly/contract";
import { wholeNumber } from "../args.ts";
import { type Context, findPlace, withClient } from "../context.ts";
import { CLIENT_CODES, ControlError } from "../control-client.ts";
import { EXIT, usageError } from "../exit-codes.ts";
import { untilInterrupted } from "../interrupt.ts";
import { lookOf } from "../look.ts";
import { renderEvent } from "../render/events.ts";

const LINES = 50;
/** Most module names fit; a longer one only moves its own line. */
const NAME_WIDTH = 16;

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  const [module, ...more] = args.words;
  if (more.length > 0) throw usageError("`skelly events` takes one module, or none.");
  const follow = args.has("follow");
  const limit = wholeNumber(args, "lines", LINES);
  const show = (item: Json): void => {
    const event = item as unknown as SystemEvent;
    const line = args.has("json")
      ? JSON.stringify(item)
      : renderEvent(event, NAME_WIDTH, lookOf(terminal));
    if (line !== null) terminal.print(line);
  };
  const ask = { follow, limit, ...(module !== undefined && { module }) };
  return withClient(findPlace(context), async (client) => {
    const asked = client.request("events", ask, {
      ...(follow && { timeoutMs: null }),
      onItem: show,
    });
    if (!follow) {
      await asked;
      return EXIT.done;
    }
    const interrupt = untilInterrupted();
    try {
      await Promise.race([asked, interrupt.signal]);
      // The request that is still open ends with the connection; that is no news any more.
      asked.catch(() => {});
      return interrupt.exitCode;
    } catch (error) {
      if (!(error instanceof ControlError) || error.code !== CLIENT_CODES.gone) throw error;
      terminal.complain("The orchestrator has ended.");
      return EXIT.done;
    } finally {
      interrupt.release();
    }
  });
}
