// game.ts: the module's performer: one window after the other, kept on disk before anybody is told.
import type { AnalysisState, FigurineReaction, Progress } from "@skelly-jelly/events";
import { check } from "@skelly-jelly/events";
import { onReaction } from "./adapt.ts";
import type { LocalTime } from "./calendar.ts";
import type { HoldRule } from "./decide.ts";
import type { GameConfig } from "./game-config.ts";
import type { GameState } from "./game-state.ts";
import { FIRST_STATE } from "./game-state.ts";
import { keepGame, readGame } from "./kept-game.ts";
import { levelOf, titleOf } from "./levels.ts";
import type { Look } from "./look.ts";
import type { WindowOutcome } from "./on-window.ts";
import { onWindow, streakOn } from "./on-window.ts";
import { ACHIEVEMENTS } from "./rewards.ts";

/** Windows that may wait for the disk; more than that are dropped and counted. */
const BACKLOG_MAX = 256;

export type GamePorts = {
  readonly dataDirectory: string;
  readonly config: () => GameConfig;
  readonly nowMs: () => number;
  readonly localTime: (timeMs: number) => LocalTime;
  readonly newId: () => string;
  publish(
    subject: "gamification.intervention" | "gamification.reward" | "figurine.command",
    data: unknown,
  ): void;
  readonly log: {
    debug(text: string, fields?: object): void;
    info(text: string, fields?: object): void;
    warn(text: string, fields?: object): void;
  };
};

export type GameNumbers = {
  readonly windows: number;
  readonly interventionsAsked: number;
  readonly rewardsPaid: number;
  readonly reactions: number;
  readonly queueDepth: number;
  readonly droppedMessages: number;
  readonly invalidMessages: number;
  readonly keepFailures: number;
  readonly decisionTimeMs: number;
};

export type Game = {
  /** Resolves when the message has been handled, kept and told. */
  take(subject: string, data: unknown): Promise<void>;
  progress(): Progress;
  numbers(): GameNumbers;
  /** The last decision and how often each rule held back, for people. */
  heldBack(): Readonly<Partial<Record<HoldRule, number>>>;
  reset(): Promise<void>;
  stop(): Promise<void>;
};

export async function startGame(ports: GamePorts): Promise<Game> {
  const { log } = ports;
  const read = await readGame(ports.dataDirectory);
  if (read.problem !== null) log.warn(read.problem);
  let state: GameState = read.state ?? FIRST_STATE;
  let look: Look | null = null;
  let latestMs = ports.nowMs();
  let line: Promise<void> = Promise.resolve();
  const held: Partial<Record<HoldRule, number>> = {};
  const counts = {
    windows: 0,
    interventionsAsked: 0,
    rewardsPaid: 0,
    reactions: 0,
    queueDepth: 0,
    droppedMessages: 0,
    invalidMessages: 0,
    keepFailures: 0,
    decisionTimeMs: 0,
  };

  async function keep(): Promise<void> {
    try {
      await keepGame(ports.dataDirectory, state);
    } catch (error) {
      counts.keepFailures++;
      log.warn(`the purse could not be kept: ${String(error)}`);
    }
  }

  async function onAnalysis(analysis: AnalysisState): Promise<void> {
    const began = performance.now();
    const outcome = onWindow({
      state,
      analysis,
      look,
      config: ports.config(),
      local: ports.localTime(analysis.windowEndMs),
      nowMs: ports.nowMs(),
      newId: ports.newId,
    });
    counts.decisionTimeMs = Math.round((performance.now() - began) * 1000) / 1000;
    counts.windows++;
    state = outcome.state;
    look = outcome.look;
    latestMs = analysis.windowEndMs;
    // Kept first: after a crash in between, a reward is untold rather than paid twice.
    await keep();
    tell(outcome, analysis);
  }

  function tell(outcome: WindowOutcome, { state: now, correlationId }: AnalysisState): void {
    for (const reward of outcome.rewards) publish("gamification.reward", reward);
    for (const command of outcome.commands) publish("figurine.command", command);
    counts.rewardsPaid += outcome.rewards.length;
    const { decision, intervention } = outcome;
    if (decision.kind === "hold") {
      held[decision.rule] = (held[decision.rule] ?? 0) + 1;
      log.debug(`says nothing: ${decision.reason}`, { state: now, rule: decision.rule });
    }
    if (intervention === null) return;
    counts.interventionsAsked++;
    log.info(`asks for ${intervention.type}`, {
      score: intervention.scoreRatio,
      reasons: intervention.reasons,
      correlationId,
    });
    publish("gamification.intervention", intervention);
  }

  function publish(subject: Parameters<GamePorts["publish"]>[0], data: unknown): void {
    const problems = check(subject, data);
    if (problems.length > 0) throw new Error(`bug: ${problems.join("; ")}`);
    ports.publish(subject, data);
  }

  const TAKE: Readonly<Record<string, (data: any) => Promise<void>>> = {
    "analysis.state": onAnalysis,
    async "figurine.reaction"(reaction: FigurineReaction) {
      counts.reactions++;
      if (!ports.config().adaptive) return;
      const before = state;
      state = onReaction(state, reaction);
      if (state !== before) await keep();
    },
  };

  /** One at a time, in order: the purse is read and written by nobody else meanwhile. */
  function inLine(work: () => Promise<void>): Promise<void> {
    counts.queueDepth++;
    const done = line.then(work).finally(() => {
      counts.queueDepth--;
    });
    line = done.catch((error: unknown) => log.warn(`a message was not handled: ${String(error)}`));
    return line;
  }

  return {
    take(subject, data) {
      const problems = check(subject, data);
      const handle = TAKE[subject];
      if (problems.length > 0 || handle === undefined) {
        counts.invalidMessages++;
        log.warn(`not handled: ${problems[0] ?? subject}`);
        return Promise.resolve();
      }
      if (counts.queueDepth >= BACKLOG_MAX) {
        counts.droppedMessages++;
        return Promise.resolve();
      }
      return inLine(() => handle(data));
    },
    progress() {
      const { day } = ports.localTime(latestMs);
      const level = levelOf(state.xp);
      return {
        ok: true,
        coins: state.coins,
        xp: state.xp,
        level,
        title: titleOf(level),
        streakDays: streakOn(state, day),
        focusMsToday: state.today.day === day ? state.today.focusMs : 0,
        goalMs: ports.config().dailyGoalMs,
        achievements: state.achievements.map(({ id, reachedAtMs }) => ({
          achievementId: id,
          name: ACHIEVEMENTS.find((one) => one.id === id)?.name ?? id,
          reachedAtMs,
        })),
      };
    },
    numbers: () => ({ ...counts }),
    heldBack: () => ({ ...held }),
    reset: () =>
      inLine(async () => {
        // What was earned is the user's own: a reset forgets what was going on, never the purse.
        state = { ...state, sessions: [], stamps: state.stamps.slice(-1) };
        look = null;
        await keep();
      }),
    async stop() {
      await line;
      await keep();
    },
  };
}
