// play.ts: plays windows through the pure rules, one after the other, for tests.
import type { AnalysisState } from "@skelly-jelly/events";
import { localTime } from "./calendar.ts";
import type { GameConfig } from "./game-config.ts";
import { GAME_DEFAULTS } from "./game-config.ts";
import type { GameState } from "./game-state.ts";
import { FIRST_STATE } from "./game-state.ts";
import type { WindowOutcome } from "./on-window.ts";
import { onWindow } from "./on-window.ts";

export type Played = {
  readonly state: GameState;
  readonly outcomes: readonly WindowOutcome[];
  /** Types of the interventions that were asked, in order. */
  readonly asked: readonly string[];
  /** `kind:coins`, in order. */
  readonly paid: readonly string[];
};

export function play(
  windows: readonly AnalysisState[],
  config: Partial<GameConfig> = {},
  from: GameState = FIRST_STATE,
): Played {
  let state = from;
  let ids = 0;
  const outcomes: WindowOutcome[] = [];
  for (const analysis of windows) {
    const outcome = onWindow({
      state,
      analysis,
      config: { ...GAME_DEFAULTS, bonusRatio: 0, ...config },
      local: localTime(analysis.windowEndMs),
      nowMs: analysis.windowEndMs + 10,
      look: outcomes.at(-1)?.look ?? null,
      newId: () => `${analysis.correlationId}-${++ids}`,
    });
    outcomes.push(outcome);
    state = outcome.state;
  }
  return {
    state,
    outcomes,
    asked: outcomes.flatMap(({ intervention }) => intervention?.type ?? []),
    paid: outcomes.flatMap(({ rewards }) => rewards.map(({ kind, coins }) => `${kind}:${coins}`)),
  };
}
