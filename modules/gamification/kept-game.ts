// kept-game.ts: the purse and the memory on disk, written whole or not at all.
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { GameState } from "./game-state.ts";
import { isGameState } from "./game-state.ts";

const FILE = "gamification.json";

export async function keepGame(directory: string, state: GameState): Promise<void> {
  const file = join(directory, FILE);
  const handle = await open(`${file}.tmp`, "w", 0o600);
  try {
    await handle.writeFile(JSON.stringify(state));
    // Coins that were shown must be there after a power cut.
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.tmp`, file);
}

export type ReadGame = { readonly state: GameState | null; readonly problem: string | null };

/** A file that cannot be read is set aside under another name, never overwritten. */
export async function readGame(directory: string): Promise<ReadGame> {
  const file = join(directory, FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { state: null, problem: missing ? null : String(error) };
  }
  const state = parsed(text);
  if (isGameState(state)) return { state, problem: null };
  const aside = `${FILE}.unreadable`;
  await rename(file, join(directory, aside));
  return { state: null, problem: `${FILE} could not be read and was set aside as ${aside}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
