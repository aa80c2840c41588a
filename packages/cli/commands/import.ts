// import.ts: `skelly import`: another product's file becomes a skelly.config.yaml that runs.
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Context } from "../context.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";
import { CONFIG_NAMES } from "../find-config.ts";
import { detect, PRODUCTS } from "../import/detect.ts";
import { type ImportResult, importFile } from "../import/import-file.ts";
import { reportOf } from "../load-system.ts";
import { counted } from "../render/amounts.ts";
import { harmless } from "../render/width.ts";
import { findRuntime } from "../runtime.ts";

const NAME = "skelly.config.yaml";

export async function run(context: Context): Promise<number> {
  const { args, terminal, cwd, env, program } = context;
  const [named = null, ...more] = args.words;
  if (more.length > 0) throw usageError("`skelly import` takes one file, or none.", HELP);
  if (args.value("config") !== null) throw usageError("`skelly import` takes --out instead of -c.");
  const out = resolve(cwd, args.value("out") ?? NAME);
  if (!/\.ya?ml$/.test(out)) throw usageError("--out must end in .yaml or .yml.", HELP);
  const force = args.has("force");
  if (existsSync(out) && !force) throw isThere(out);
  const found = detect(named, args.value("format"), cwd);
  if (found.file === out) throw usageError("--out must not be the file that is imported.", HELP);
  const node = (): string => findRuntime(program.dist, env).path;
  const result = importFile({ ...found, out, cwd, env, node });
  putInPlace(out, result.text, force);
  const { modules, notCarried, problems } = result;
  if (args.has("json")) {
    terminal.print(JSON.stringify({ file: out, modules, notCarried, problems }));
    return EXIT.done;
  }
  show(
    context,
    out,
    `${relative(cwd, found.file) || found.file} (${PRODUCTS[found.format]})`,
    result,
  );
  return EXIT.done;
}

const HELP = "See `skelly help import`.";

const isThere = (out: string): CommandError =>
  new CommandError(EXIT.failed, `${out} is there already; nothing was changed.`, [
    "Write over it with --force, or elsewhere with --out FILE.",
  ]);

/** Whole or not at all; without `force` also never over a file that came into being meanwhile. */
function putInPlace(out: string, text: string, force: boolean): void {
  mkdirSync(dirname(out), { recursive: true });
  const draft = join(dirname(out), `.${basename(out)}.${process.pid}`);
  try {
    writeFileSync(draft, text, { flag: "wx" });
    if (force) renameSync(draft, out);
    else linkNew(draft, out);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw isThere(out);
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.failed, `${out} cannot be written: ${why}`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Some file systems know no second name; there a moment is left in which it may come into being. */
function linkNew(draft: string, out: string): void {
  try {
    linkSync(draft, out);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(code)) throw error;
    if (existsSync(out)) throw isThere(out);
    renameSync(draft, out);
  }
}

function show(context: Context, out: string, from: string, result: ImportResult): void {
  const { terminal, cwd } = context;
  const { paint, symbols } = terminal;
  const { modules, notCarried, problems } = result;
  const shown = relative(cwd, out) || out;
  terminal.print(
    `${paint.green(symbols.ok)} wrote ${shown} from ${from}: ${counted(modules.length, "module")}`,
  );
  if (notCarried.length > 0) {
    terminal.print(`Not carried over (${notCarried.length}; also said in the file):`);
    for (const { module, what, where, instead } of notCarried) {
      const whose = module === null ? "" : `${module}: `;
      terminal.print(`  ${harmless(`${whose}${what} (${where}). ${instead}`, false)}`);
    }
  }
  if (problems.length > 0) {
    terminal.complain("Before it runs here:");
    terminal.complain(reportOf(problems, context));
  }
  const first = CONFIG_NAMES.find((name) => existsSync(join(dirname(out), name)));
  if (first !== undefined && CONFIG_NAMES.includes(basename(out)) && first !== basename(out)) {
    terminal.complain(`${first} stands beside it and comes first: name this one with -c ${shown}.`);
  }
  const config = shown === NAME ? "" : ` -c ${shown}`;
  terminal.print(`Next: skelly validate${config}; skelly up${config}`);
}
