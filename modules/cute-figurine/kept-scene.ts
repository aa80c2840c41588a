// kept-scene.ts: the last look, state and purse on disk, so that it wakes up as it fell asleep.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ANIMATIONS, EXPRESSIONS, MOODS, STATES } from "@skelly-jelly/events";
import type { Scene } from "./scene.ts";

const FILE = "figurine.json";
const VERSION = 1;

type Kept = Pick<Scene, "ambient" | "analysis" | "purse" | "lastReward">;

/** Written beside and moved over, so that a half-written file is never read. */
export async function keepScene(directory: string, scene: Scene): Promise<void> {
  const { ambient, analysis, purse, lastReward } = scene;
  const text = JSON.stringify({ version: VERSION, ambient, analysis, purse, lastReward });
  const file = join(directory, FILE);
  await writeFile(`${file}.tmp`, text, { mode: 0o600 });
  await rename(`${file}.tmp`, file);
}

/** `null` with a reason when there is nothing to go by; a first start is not a problem. */
export async function readScene(
  directory: string,
): Promise<{ readonly kept: Kept | null; readonly problem: string | null }> {
  let text: string;
  try {
    text = await readFile(join(directory, FILE), "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { kept: null, problem: missing ? null : String(error) };
  }
  try {
    const kept = JSON.parse(text);
    if (isKept(kept)) return { kept, problem: null };
    return { kept: null, problem: `${FILE} is not in the form that this version writes` };
  } catch (error) {
    return { kept: null, problem: `${FILE} is not readable: ${String(error)}` };
  }
}

function isKept(value: any): value is Kept {
  const number = (n: unknown) => typeof n === "number" && Number.isFinite(n);
  const { ambient: look, analysis, purse, lastReward } = value ?? {};
  return (
    value?.version === VERSION &&
    MOODS.includes(look?.mood) &&
    EXPRESSIONS.includes(look?.expression) &&
    ANIMATIONS.includes(look?.animation) &&
    number(look?.meltRatio) &&
    number(look?.energyRatio) &&
    number(look?.glow?.intensityRatio) &&
    number(look?.glow?.pulseHz) &&
    [purse?.coins, purse?.level, purse?.streakDays].every(number) &&
    (analysis === null || (STATES.includes(analysis?.state) && number(analysis.confidenceRatio))) &&
    (lastReward === null || typeof lastReward?.rewardId === "string")
  );
}
