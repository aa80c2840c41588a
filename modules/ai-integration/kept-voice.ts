// kept-voice.ts: what was said lately, what was not liked and what was spent, over restarts.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Expertise } from "./ai-config.ts";
import { EXPERTISES } from "./ai-config.ts";
import type { Spent } from "./budget.ts";
import { NOTHING_SPENT } from "./budget.ts";

const FILE = "voice.json";
export const RECENT_MAX = 200;
export const SAID_MAX = 50;

export type Voice = {
  /** Templates said, latest last. */
  readonly recent: readonly string[];
  /** Templates that somebody called patronising. */
  readonly avoid: readonly string[];
  /** Which template a message came from, for reactions; latest last. */
  readonly said: readonly { readonly messageId: string; readonly templateId: string | null }[];
  /** Learned from reactions: stricter than what is configured, never laxer; `null`: as configured. */
  readonly stricter: Expertise | null;
  readonly spent: Spent;
};

export const FIRST_VOICE: Voice = {
  recent: [],
  avoid: [],
  said: [],
  stricter: null,
  spent: NOTHING_SPENT,
};

export async function keepVoice(directory: string, voice: Voice): Promise<void> {
  const file = join(directory, FILE);
  await writeFile(`${file}.tmp`, JSON.stringify(voice), { mode: 0o600 });
  await rename(`${file}.tmp`, file);
}

export async function readVoice(
  directory: string,
): Promise<{ readonly voice: Voice; readonly problem: string | null }> {
  try {
    const voice: unknown = JSON.parse(await readFile(join(directory, FILE), "utf8"));
    if (isVoice(voice)) return { voice, problem: null };
    return { voice: FIRST_VOICE, problem: `${FILE} is not in the form that this version writes` };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { voice: FIRST_VOICE, problem: missing ? null : `${FILE}: ${String(error)}` };
  }
}

function isVoice(value: any): value is Voice {
  const texts = (list: unknown) =>
    Array.isArray(list) && list.every((one) => typeof one === "string");
  return (
    texts(value?.recent) &&
    texts(value.avoid) &&
    Array.isArray(value.said) &&
    value.said.every((one: any) => typeof one?.messageId === "string") &&
    (value.stricter === null || EXPERTISES.includes(value.stricter)) &&
    typeof value.spent?.day === "string" &&
    Number.isFinite(value.spent.requests) &&
    Number.isFinite(value.spent.tokens)
  );
}
