// validate.ts: `skelly validate`: every problem of the configuration in one report.
import { basename } from "node:path";
import { isError } from "@skelly-jelly/contract";
import { dependencyGraph } from "../../orchestrator/model/dependency-graph.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { requireConfig } from "../find-config.ts";
import { loadSystem, reportOf } from "../load-system.ts";
import { counted } from "../render/amounts.ts";

export async function run(context: Context): Promise<number> {
  const { args, terminal, cwd } = context;
  const { file, ignored } = requireConfig(args.value("config"), cwd);
  const { system, problems } = await loadSystem(file, args.value("profile"), context);
  const wrong = system === null || problems.some(isError);
  const exitCode = wrong ? EXIT.badConfig : EXIT.done;
  const waves = system === null ? [] : dependencyGraph(system.modules).waves;
  if (args.has("json")) {
    terminal.print(JSON.stringify({ file, ok: !wrong, problems, waves }));
    return exitCode;
  }
  for (const path of ignored) terminal.complain(`${path} is not read: ${file} comes first.`);
  if (problems.length > 0) terminal.complain(reportOf(problems, context));
  if (system === null || wrong) return exitCode;
  const { paint, symbols } = terminal;
  terminal.print(
    `${paint.green(symbols.ok)} ${basename(file)} is right: ` +
      `${counted(system.modules.length, "module")}, ${counted(waves.length, "wave")}`,
  );
  return exitCode;
}
