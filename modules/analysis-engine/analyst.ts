// analyst.ts: keeps sessions apart, refuses what it has seen, remembers the last states, and learns
// from corrections.
import type {
  AnalysisCorrection,
  AnalysisState,
  Explanation,
  FigurineReaction,
  StorageBatch,
} from "@skelly-jelly/events";
import type { Analysed } from "./engine.ts";
import { analyse } from "./engine.ts";
import { featureText } from "./explain.ts";
import { FEATURES } from "./features.ts";
import type { Keeper } from "./keeper.ts";
import { learn } from "./learning.ts";
import type { Scored } from "./model.ts";
import { SCORED } from "./model.ts";
import { round } from "./numbers.ts";

/** States that a question or a correction may still be about. */
const HISTORY_MAX = 100;
/** Who acts on what was said of a state agrees with it, a little. */
const AGREEMENT = 0.2;

export type Lesson = { readonly window: AnalysisState; readonly truth: Scored };

export type Analyst = {
  /** `null`: this window was analysed before. */
  take(batch: StorageBatch): AnalysisState | null;
  correct(correction: AnalysisCorrection): Lesson | null;
  react(reaction: FigurineReaction): Lesson | null;
  explain(windowStartMs: number | null): Explanation | null;
  readonly counters: { analysed: number; repeated: number; lessons: number };
  forget(): void;
};

const isScored = (state: string): state is Scored => (SCORED as readonly string[]).includes(state);

export function createAnalyst(keeper: Keeper): Analyst {
  let history: Analysed[] = [];
  const counters = { analysed: 0, repeated: 0, lessons: 0 };

  function teach(about: Analysed | undefined, truth: string, strength: number): Lesson | null {
    // Idleness is a rule about time, not something that can be learned.
    if (about === undefined || !isScored(truth)) return null;
    keeper.keepLearned(learn(keeper.learned, about.features, truth, strength));
    counters.lessons += 1;
    return { window: about.state, truth };
  }

  return {
    counters,
    take(batch) {
      const before = keeper.session(batch.sessionId);
      if (before !== null && batch.windowStartMs < before.seenUntilMs) {
        counters.repeated += 1;
        return null;
      }
      const analysed = analyse(batch, before, keeper.learned);
      keeper.keepSession(analysed.memory);
      history = [...history, analysed].slice(-HISTORY_MAX);
      counters.analysed += 1;
      return analysed.state;
    },
    correct({ windowStartMs, state }) {
      const about =
        windowStartMs === null
          ? history.at(-1)
          : history.findLast((one) => one.state.windowStartMs === windowStartMs);
      return teach(about, state, 1);
    },
    react({ reaction, correlationId, correctedState }) {
      const about = history.findLast((one) => one.state.correlationId === correlationId);
      if (reaction === "wrong-state" && correctedState !== null) {
        return teach(about ?? history.at(-1), correctedState, 1);
      }
      if (reaction === "acted" || reaction === "engaged") {
        return teach(about, about?.state.state ?? "", AGREEMENT);
      }
      return null;
    },
    explain(windowStartMs) {
      const about =
        windowStartMs === null
          ? history.at(-1)
          : history.findLast((one) => one.state.windowStartMs === windowStartMs);
      if (about === undefined) return null;
      return {
        ok: true,
        state: about.state,
        features: FEATURES.map((feature) => ({
          feature,
          valueRatio: round(about.features[feature]),
          text: featureText(feature, about.facts),
        })),
        contributions: about.contributions.map((one) => ({
          ...one,
          contribution: round(one.contribution),
        })),
      };
    },
    forget() {
      history = [];
      keeper.forget();
    },
  };
}
