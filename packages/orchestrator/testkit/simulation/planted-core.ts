// planted-core.ts: the core with one line of it changed: what a simulator is worth is what it finds in those.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { Core } from "./simulated-world.ts";

/** A change of one file of the core, as an edit that a tired hand might make. */
export type Planted = {
  readonly bug: string;
  /** From the orchestrator's folder. */
  readonly file: string;
  readonly text: string;
  readonly instead: string;
};

const HOME = new URL("../../", import.meta.url).href;

/** Loads a second core beside the sound one; every file of it is its own, one of them changed. */
export async function plantedCore({ bug, file, text, instead }: Planted): Promise<Core> {
  const mark = `?planted=${bug.replace(/\W+/g, "-")}`;
  const target = `${HOME}${file}`;
  let isPlanted = false;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const inCore = found.url.startsWith(HOME) && context.parentURL?.endsWith(mark) === true;
      return inCore && !found.url.endsWith(mark) ? { ...found, url: found.url + mark } : found;
    },
    load(url, context, next) {
      if (url !== target + mark) return next(url, context);
      const source = readFileSync(fileURLToPath(target), "utf8");
      if (source.split(text).length !== 2) throw new Error(`${file} has not one '${text}'`);
      isPlanted = true;
      const planted = source.replace(text, () => instead);
      return { format: "module-typescript", shortCircuit: true, source: planted };
    },
  });
  try {
    const core = (await import(`${HOME}engine/orchestrator.ts${mark}`)) as { Orchestrator: Core };
    if (!isPlanted) throw new Error(`${file} is not part of the core`);
    return core.Orchestrator;
  } finally {
    hooks.deregister();
  }
}
