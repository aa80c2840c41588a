// logs.ts: `skelly logs`: what modules wrote. Reads the files, so it works when nothing runs.
import { wholeNumber } from "../args.ts";
import { type Context, findPlace, type Place } from "../context.ts";
import { EXIT, usageError } from "../exit-codes.ts";
import { untilInterrupted } from "../interrupt.ts";
import { knownModules } from "../known-modules.ts";
import { belongsTo, logFilesIn } from "../log-files/log-folder.ts";
import { followLogs } from "../log-files/log-follow.ts";
import { type LogLine, mergeByTime } from "../log-files/log-line.ts";
import { tailOfInstance } from "../log-files/log-tail.ts";
import { lookOf } from "../look.ts";
import { didYouMean } from "../nearest.ts";
import { logLineJson, renderLogLine } from "../render/log-line.ts";
import { widthOf } from "../render/width.ts";

const LINES = 100;

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  const place = findPlace(context);
  const folder = place.paths.logs;
  const count = wholeNumber(args, "lines", LINES);
  const wants = (instance: string): boolean =>
    args.words.length === 0
      ? !instance.startsWith("skelly:")
      : args.words.some((module) => belongsTo(instance, module));
  const files = logFilesIn(folder).filter(({ instance }) => wants(instance));
  const silent = args.words.filter(
    (module) => !files.some(({ instance }) => belongsTo(instance, module)),
  );
  if (silent.length > 0) await refuseUnknown(silent, place, context);

  let nameWidth = Math.max(0, ...files.map(({ shown }) => widthOf(shown)));
  const show = (lines: readonly LogLine[]): void => {
    nameWidth = Math.max(nameWidth, ...lines.map(({ module }) => widthOf(module)));
    for (const line of lines) {
      const text = args.has("json")
        ? logLineJson(line)
        : renderLogLine(line, { nameWidth, times: true }, lookOf(terminal));
      terminal.print(text);
    }
  };
  const tails = files.map((file) => ({ file, ...tailOfInstance(file, count) }));
  const merged = mergeByTime(tails.map(({ lines }) => lines));
  show(count === 0 ? [] : merged.slice(-count));
  if (!args.has("follow")) {
    if (merged.length === 0 && !args.has("json")) terminal.complain("Nothing was written yet.");
    return EXIT.done;
  }
  const starts = new Map(tails.map(({ file, tail }) => [file.instance, tail]));
  const interrupt = untilInterrupted();
  const follower = followLogs(folder, { wants, starts, onLines: show });
  await interrupt.signal;
  follower.close();
  interrupt.release();
  return interrupt.exitCode;
}

/** A module that wrote nothing is fine; a name that nobody knows is a slip of the hand. */
async function refuseUnknown(
  silent: readonly string[],
  place: Place,
  context: Context,
): Promise<void> {
  const known = await knownModules(place, context);
  for (const module of silent) {
    if (known === null || known.some((id) => belongsTo(id, module) || belongsTo(module, id))) {
      context.terminal.complain(`'${module}' has written nothing yet.`);
    } else {
      throw usageError(
        `There is no module '${module}'.${didYouMean(module, known)}`,
        `Modules: ${known.join(", ")}`,
      );
    }
  }
}
