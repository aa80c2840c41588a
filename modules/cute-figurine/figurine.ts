// figurine.ts: the module's performer: keeps the scene, tells the page, publishes what the user does.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { FigurineCommand, FigurineReaction, Progress } from "@skelly-jelly/events";
import { check, checkAnswer } from "@skelly-jelly/events";
import type { FigurineConfig } from "./figurine-config.ts";
import { keepScene, readScene } from "./kept-scene.ts";
import type { Ended } from "./message-queue.ts";
import type { PageServer } from "./page-server.ts";
import { servePage } from "./page-server.ts";
import type { Scene, SceneStep } from "./scene.ts";
import {
  firstScene,
  onAnalysis,
  onAnswered,
  onCommand,
  onPageOpened,
  onProgress,
  onReward,
  onTime,
  sceneDueMs,
  viewOf,
} from "./scene.ts";
import { endsMessage, ignoredReaction, pagePost, reactionOf } from "./user-reaction.ts";
import { createViewStream } from "./view-stream.ts";

const RECENT_MAX = 20;
const KEEP_AFTER_MS = 500;

export type FigurinePorts = {
  readonly config: FigurineConfig;
  readonly dataDirectory: string;
  readonly nowMs: () => number;
  publish(reaction: FigurineReaction): void;
  readonly log: { info(text: string): void; warn(text: string): void };
};

export type FigurineNumbers = {
  readonly viewers: number;
  readonly messagesShown: number;
  readonly messagesWaiting: number;
  readonly messagesDropped: number;
  readonly messagesUnseen: number;
  readonly reactions: number;
  readonly invalidMessages: number;
  readonly keepFailures: number;
};

export type Figurine = {
  readonly url: string;
  /** One message from the bus; what does not fit the contract is counted and changes nothing. */
  take(subject: string, data: unknown): void;
  takeProgress(answer: unknown): void;
  numbers(): FigurineNumbers;
  /** Back to how it was before anything was heard. */
  reset(): Promise<void>;
  stop(): Promise<void>;
};

export async function startFigurine(ports: FigurinePorts): Promise<Figurine> {
  const { config, nowMs, log } = ports;
  const { kept, problem } = await readScene(ports.dataDirectory);
  if (problem !== null) log.warn(`starts afresh: ${problem}`);
  let scene: Scene = { ...firstScene(config.unseenMaxMs), ...kept };
  const counts = { messagesShown: 0, messagesDropped: 0, messagesUnseen: 0, reactions: 0 };
  const faults = { invalidMessages: 0, keepFailures: 0 };
  const recent: FigurineCommand[] = [];
  const stream = createViewStream(randomUUID().slice(0, 8), viewOf(scene), () => {});
  let due: NodeJS.Timeout | null = null;
  let keeping: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const seen = (): boolean => stream.viewers > 0;
  const stamp = () => ({ reactionId: randomUUID(), timeMs: nowMs() });

  function change(next: Scene, ended: readonly Ended[] = []): void {
    const before = scene;
    scene = next;
    const now = scene.queue.showing?.command;
    if (now !== undefined && now.commandId !== before.queue.showing?.command.commandId) {
      counts.messagesShown++;
      recent.unshift(now);
      recent.length = Math.min(recent.length, RECENT_MAX);
    }
    for (const end of ended) closeMessage(end);
    stream.show(viewOf(scene));
    arm();
    if (!sameKept(before, scene)) keepSoon();
  }
  const step = ({ scene: next, ended }: SceneStep): void => change(next, ended);

  function closeMessage(end: Ended): void {
    if (end.how === "dropped") counts.messagesDropped++;
    if (end.how === "unseen") counts.messagesUnseen++;
    const reaction = ignoredReaction(end, stamp());
    if (reaction !== null) publish(reaction);
  }

  function publish(reaction: FigurineReaction): void {
    const problems = check("figurine.reaction", reaction);
    if (problems.length > 0) throw new Error(`bug: ${problems.join("; ")}`);
    if (reaction.reaction !== "ignored") counts.reactions++;
    ports.publish(reaction);
  }

  function arm(): void {
    if (due !== null) clearTimeout(due);
    const at = sceneDueMs(scene);
    // Never sooner than a moment: a clock that was set back must not make this a busy loop.
    due = at === null ? null : setTimeout(tick, Math.max(20, at - nowMs()));
  }
  const tick = (): void => step(onTime(scene, nowMs(), seen()));

  function keepSoon(): void {
    keeping ??= setTimeout(() => {
      keeping = null;
      void keep();
    }, KEEP_AFTER_MS);
  }
  function keep(): Promise<void> {
    writing = writing
      .then(() => keepScene(ports.dataDirectory, scene))
      .catch((error: unknown) => {
        faults.keepFailures++;
        log.warn(`the last state could not be kept: ${String(error)}`);
      });
    return writing;
  }

  const server: PageServer = await servePage(join(import.meta.dirname, "page"), config.port, {
    stream(response, lastEventId) {
      // What was shown to nobody is seen from now on, and the page that joins is told so.
      if (!stream.join(response, lastEventId)) return false;
      change(onPageOpened(scene, nowMs()));
      return true;
    },
    reaction(body) {
      const post = pagePost(body);
      if (post === null) return false;
      publish(reactionOf(post, scene, recent, stamp()));
      if (endsMessage(post, scene)) step(onAnswered(scene, nowMs(), seen()));
      return true;
    },
  });
  if (server.moved) log.warn(`port ${config.port} is taken, so another one is used`);
  log.info(`figurine at ${server.url}`);

  const TAKE: Readonly<Record<string, (data: any) => void>> = {
    "figurine.command": (data) => step(onCommand(scene, data, nowMs(), seen())),
    "gamification.reward": (data) => change(onReward(scene, data)),
    "analysis.state": (data) => change(onAnalysis(scene, data)),
  };

  return {
    url: server.url,
    take(subject, data) {
      const problems = check(subject, data);
      const handle = TAKE[subject];
      if (problems.length === 0 && handle !== undefined) return handle(data);
      faults.invalidMessages++;
      log.warn(`not shown: ${problems[0] ?? subject}`);
    },
    takeProgress(answer) {
      if (checkAnswer("gamification.progress", answer).length > 0) return;
      if ((answer as { ok: boolean }).ok) change(onProgress(scene, answer as Progress));
    },
    numbers: () => ({
      viewers: stream.viewers,
      messagesWaiting: scene.queue.waiting.length,
      ...counts,
      ...faults,
    }),
    async reset() {
      change(firstScene(config.unseenMaxMs));
      await keep();
    },
    async stop() {
      for (const timer of [due, keeping]) if (timer !== null) clearTimeout(timer);
      stream.close();
      await server.close();
      await keep();
    },
  };
}

const sameKept = (a: Scene, b: Scene): boolean =>
  a.ambient === b.ambient &&
  a.analysis === b.analysis &&
  a.purse === b.purse &&
  a.lastReward === b.lastReward;
