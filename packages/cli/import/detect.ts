// detect.ts: which file is meant, and whose it is: by its name, else by what it holds.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { didYouMean } from "../nearest.ts";
import { FORMATS, type Format } from "./imported.ts";

export type Found = { readonly file: string; readonly format: Format; readonly text: string };

/** What people call each. */
export const PRODUCTS: Readonly<Record<Format, string>> = {
  procfile: "Procfile",
  "process-compose": "process-compose",
  pm2: "PM2",
  compose: "Compose",
  supervisord: "supervisord",
};

const NAMES: readonly (readonly [Format, RegExp])[] = [
  ["procfile", /^Procfile(\.[\w-]+)?$/],
  ["process-compose", /^process-compose(\.[\w-]+)?\.ya?ml$/],
  ["pm2", /^(ecosystem|pm2|process(es)?)(\.[\w-]+)*\.(json|ya?ml|[cm]?js)$/],
  ["compose", /^(docker-)?compose(\.[\w-]+)?\.ya?ml$/],
  ["supervisord", /^supervisord?\.(conf|ini)$/],
];

const HOLDS: readonly (readonly [Format, RegExp])[] = [
  ["supervisord", /^\s*\[(program:[^\]]+|supervisord|include)\]/m],
  ["compose", /^services:/m],
  ["process-compose", /^processes:/m],
  ["pm2", /^["']?apps["']?\s*:|"apps"\s*:|module\.exports|export default/m],
  ["procfile", /^[A-Za-z0-9_-]+:[ \t]*\S/m],
];

/** Larger than any of these files. */
const TEXT_MAX_BYTES = 4 * 1024 * 1024;

export function detect(named: string | null, chosen: string | null, cwd: string): Found {
  if (chosen !== null && !FORMATS.some((format) => format === chosen)) {
    const guess = didYouMean(chosen, FORMATS);
    throw usageError(`--format must be one of ${FORMATS.join(", ")} (got '${chosen}').${guess}`);
  }
  const format = chosen as Format | null;
  const file = named === null ? onlyOneIn(cwd, format) : fileAt(resolve(cwd, named), named, format);
  const text = textOf(file);
  return { file, text, format: format ?? formatOf(file, text, cwd) };
}

function fileAt(path: string, named: string, format: Format | null): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return onlyOneIn(path, format);
  if (stat?.isFile()) return path;
  throw new CommandError(
    EXIT.usage,
    `${named} is ${stat === undefined ? "not there" : "no file"} (looked at ${path}).`,
  );
}

function onlyOneIn(folder: string, format: Format | null): string {
  const found = readdirSync(folder)
    .sort()
    .filter((name) => NAMES.some(([each, form]) => form.test(name) && (format ?? each) === each))
    // The override of a Compose file is no file of its own.
    .filter((name) => !/\.override\.ya?ml$/.test(name))
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile());
  const [first] = found;
  if (found.length > 1) {
    throw usageError(
      `Which of these: ${found.join(", ")}?`,
      `Name one: \`skelly import ${first}\`.`,
    );
  }
  if (first !== undefined) return join(folder, first);
  const what = format === null ? "no file that can be imported" : `no file of ${PRODUCTS[format]}`;
  throw usageError(
    `There is ${what} in ${folder}.`,
    "Looked for: Procfile, process-compose.yaml, ecosystem.config.js, compose.yaml, supervisord.conf.",
    "Name another: `skelly import FILE --format KIND`.",
  );
}

function textOf(file: string): string {
  try {
    if (statSync(file).size <= TEXT_MAX_BYTES) return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.badConfig, `${file} cannot be read: ${why}`);
  }
  throw new CommandError(EXIT.badConfig, `${file} is larger than any such file.`);
}

function formatOf(file: string, text: string, cwd: string): Format {
  const byName = NAMES.find(([, form]) => form.test(basename(file)));
  // Every `key: value` looks like a Procfile's; a file with an ending is none.
  const maybe = HOLDS.filter(([format]) => format !== "procfile" || !/\.\w+$/.test(basename(file)));
  const found = byName ?? maybe.find(([, form]) => form.test(text));
  if (found !== undefined) return found[0];
  throw usageError(
    `It is not plain whose file ${relative(cwd, file) || file} is.`,
    `Say it: --format ${FORMATS.join("|")}.`,
  );
}
