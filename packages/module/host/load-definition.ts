// load-definition.ts: the module that a file exports.
import { pathToFileURL } from "node:url";
import { isModuleDefinition, type ModuleDefinition } from "../define-module.ts";
import { NotAModuleError } from "./module-runtime.ts";

/** `fresh`: what makes the file run again although this process has imported it before; 0 or "": nothing. */
export async function loadDefinition(
  file: string,
  fresh: number | string = 0,
): Promise<ModuleDefinition> {
  const url = pathToFileURL(file);
  if (fresh !== 0 && fresh !== "") url.searchParams.set("fresh", String(fresh));
  const exported: { readonly default?: unknown } = await import(url.href);
  if (isModuleDefinition(exported.default)) return exported.default;
  throw new NotAModuleError(
    `${file} has no module as its default export. ` +
      "Write `export default defineModule({ … })` with defineModule from @skelly-jelly/module.",
  );
}
