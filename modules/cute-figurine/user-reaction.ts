// user-reaction.ts: from what the page posts to a `figurine.reaction`, or the reason why not. Pure.
import type { FigurineCommand, FigurineReaction, State } from "@skelly-jelly/events";
import { REACTIONS, STATES } from "@skelly-jelly/events";
import type { Ended } from "./message-queue.ts";
import type { Scene } from "./scene.ts";

/** `ignored` is what time says, never the page. */
const FROM_PAGE = REACTIONS.filter((reaction) => reaction !== "ignored");

export type PagePost = {
  readonly reaction: Exclude<FigurineReaction["reaction"], "ignored">;
  readonly messageId: string | null;
  readonly correctedState: State | null;
};

/** `null` when it is not one of ours. */
export function pagePost(body: unknown): PagePost | null {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
  const { reaction, messageId = null, correctedState = null } = body as Record<string, unknown>;
  if (!FROM_PAGE.some((known) => known === reaction)) return null;
  if (messageId !== null && (typeof messageId !== "string" || messageId.length > 128)) return null;
  if (correctedState !== null && !STATES.some((known) => known === correctedState)) return null;
  if ((reaction === "wrong-state") !== (correctedState !== null)) return null;
  return { reaction, messageId, correctedState } as PagePost;
}

export type Stamp = { readonly reactionId: string; readonly timeMs: number };

/** A message that has just left may still be answered: `recent` holds the last of them. */
export function reactionOf(
  post: PagePost,
  scene: Scene,
  recent: readonly FigurineCommand[],
  stamp: Stamp,
): FigurineReaction {
  const showing = scene.queue.showing;
  // A touch of the figurine itself is about no message, even while one is shown.
  const meant =
    post.messageId === null
      ? undefined
      : [showing?.command, ...recent].find(
          (command) => command?.message?.messageId === post.messageId,
        );
  const command = post.reaction === "wrong-state" ? null : (meant ?? null);
  const shownFor =
    command !== null && command === showing?.command && showing.seenAtMs !== null
      ? Math.max(0, stamp.timeMs - showing.seenAtMs)
      : 0;
  return {
    ...stamp,
    correlationId:
      command?.correlationId ??
      (post.reaction === "wrong-state" ? (scene.analysis?.correlationId ?? null) : null),
    interventionId: command?.interventionId ?? null,
    messageId: command?.message?.messageId ?? null,
    reaction: post.reaction,
    shownForMs: shownFor,
    correctedState: post.correctedState,
  };
}

/** Does this answer end the message that is shown? A touch of the figurine does not. */
export function endsMessage(post: PagePost, scene: Scene): boolean {
  const shown = scene.queue.showing?.command.message?.messageId;
  if (shown === undefined || post.messageId !== shown) return false;
  return post.reaction !== "clicked" && post.reaction !== "wrong-state";
}

/** Nobody answered what was seen: that is an answer too. What nobody saw is not. */
export function ignoredReaction(ended: Ended, stamp: Stamp): FigurineReaction | null {
  if (ended.how !== "ignored") return null;
  return {
    ...stamp,
    correlationId: ended.command.correlationId,
    interventionId: ended.command.interventionId,
    messageId: ended.command.message?.messageId ?? null,
    reaction: "ignored",
    shownForMs: ended.shownForMs,
    correctedState: null,
  };
}
