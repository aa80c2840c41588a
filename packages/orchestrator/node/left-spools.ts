// left-spools.ts: output that an earlier orchestrator had not yet copied when it died, of lives that ended
// while nobody looked. It is copied into the log like any other; then its files go.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { InstanceId } from "@skelly-jelly/contract";
import { instanceOfSafe } from "./instance-path.ts";
import type { LogCollector } from "./log-collection.ts";

export type LeftSpool = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly outPath: string;
  readonly errPath: string;
};

/** Every incarnation that has output under the run directory, oldest first. To be asked before anything starts. */
export function spoolsLeft(runDirectory: string): readonly LeftSpool[] {
  return folders(runDirectory).flatMap((name) => {
    const folder = join(runDirectory, name);
    const found = readdirSync(folder).map((file) => /^(\d+)\.(?:out|err)$/.exec(file)?.[1]);
    const numbers = [...new Set(found.filter((number) => number !== undefined))].map(Number);
    return numbers
      .sort((a, b) => a - b)
      .map((incarnation) => ({
        instance: instanceOfSafe(name),
        incarnation,
        outPath: join(folder, `${incarnation}.out`),
        errPath: join(folder, `${incarnation}.err`),
      }));
  });
}

type Limits = { readonly maxSizeBytes: number; readonly keep: number };

/** After adoption: those that nobody has attached by now belong to nobody. One of an instance at a time. */
export async function gatherLeft(
  left: readonly LeftSpool[],
  logs: Pick<LogCollector, "attach" | "detach" | "describe">,
  limitsOf: (instance: InstanceId) => Limits,
): Promise<void> {
  const attached = new Set(logs.describe().map(keyOf));
  for (const spool of left.filter((one) => !attached.has(keyOf(one)))) {
    const { instance, incarnation } = spool;
    logs.attach({ ...spool, ...limitsOf(instance) });
    // Where that cannot be done now (the disk is full), they are left to the next orchestrator.
    await logs.detach(instance, incarnation);
  }
}

const keyOf = ({ instance, incarnation }: Pick<LeftSpool, "instance" | "incarnation">): string =>
  `${instance}/${incarnation}`;

function folders(runDirectory: string): readonly string[] {
  try {
    return readdirSync(runDirectory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    // Nothing has ever run here.
    return [];
  }
}
