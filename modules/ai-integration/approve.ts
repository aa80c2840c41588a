// approve.ts: the gate that every text passes, whoever wrote it: filter, state rules, length. Pure.
import type { State } from "@skelly-jelly/events";
import type { Expertise } from "./ai-config.ts";
import { mask } from "./mask.ts";
import { rewrite, sentencesOf } from "./patronising.ts";

export type Reader = {
  readonly state: State;
  readonly flowDepthRatio: number;
  readonly expertise: Expertise;
  readonly charactersMax: number;
};
export type Approved = { readonly text: string; readonly rewrittenCount: number };
export type Verdict =
  | ({ readonly ok: true } & Approved)
  | { readonly ok: false; readonly reason: string };

const WORDS_MAX = 30;
/** Whoever is this deep reads a few words or none. */
const HYPERFOCUS_WORDS_MAX = 14;
const DEEP_FROM = 0.7;
const BREAK = /\b(?:take|have|need) (?:a |some |an? \w+ )?(?:break|pause|rest)\b/i;
const FILLERS = /\b(?:really|very|actually|quite|perhaps|maybe|in order|that said),? /gi;
/** Links, mark-up and talk about itself have no place in a bubble. */
const FOREIGN = /https?:|www\.|```|\*\*|<\/?[a-z]|\bas an? (?:ai|assistant|language model)\b/i;

export function approve(raw: string, reader: Reader): Verdict {
  const unquoted = raw.trim().replace(/^"(.*)"$/s, "$1");
  if (FOREIGN.test(unquoted)) return no("it holds links, mark-up or talk about itself");
  const masked = mask(unquoted);
  if (masked.maskedCount > 0) return no("it holds personal data");
  const mended = rewrite(masked.text, reader.expertise);
  if (mended === null) return no("it talks down and cannot be mended");
  if (reader.flowDepthRatio >= DEEP_FROM && reader.state === "flow" && BREAK.test(mended.text)) {
    return no("it offers a break to somebody in flow");
  }
  const text = shorten(mended.text, reader);
  if (text === null) return no("it is too long");
  return { ok: true, text, rewrittenCount: mended.rewrittenCount };
}

/** Without fillers, then as many whole sentences as fit; never half of one. */
function shorten(text: string, { state, charactersMax }: Reader): string | null {
  const wordsMax = state === "hyperfocus" ? HYPERFOCUS_WORDS_MAX : WORDS_MAX;
  const fits = (one: string): boolean => one.length <= charactersMax && wordCount(one) <= wordsMax;
  if (fits(text)) return text;
  const lean = text.replace(FILLERS, "");
  if (fits(lean)) return lean;
  const sentences = sentencesOf(lean);
  for (let count = sentences.length - 1; count > 0; count--) {
    const part = sentences.slice(0, count).join(" ");
    if (fits(part)) return part;
  }
  return null;
}

export const wordCount = (text: string): number => text.split(/\s+/).filter(Boolean).length;

const no = (reason: string): Verdict => ({ ok: false, reason });
