// provider.ts: what every source of words has in common: one question, one answer, or a reason.
import type { GamificationIntervention } from "@skelly-jelly/events";

export type Words = {
  readonly text: string;
  readonly model: string | null;
  /** The template it came from; `null` for what was written anew. */
  readonly templateId: string | null;
  readonly tokens: number;
};
/** Throwing is for bugs: what may go wrong is a reason. */
export type ProviderAnswer =
  | { readonly ok: true; readonly words: Words }
  | { readonly ok: false; readonly reason: string };

export type Provider = {
  readonly name: string;
  ask(intervention: GamificationIntervention, signal: AbortSignal): Promise<ProviderAnswer>;
};
