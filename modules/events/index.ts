// index.ts: the contract of the Skelly-Jelly system: every subject, its schema, its type, and one
// check.
import {
  aiMessage,
  figurineCommand,
  figurineReaction,
  gamificationIntervention,
  gamificationReward,
} from "./companion-events.ts";
import { analysisCorrection, analysisState, storageBatch } from "./pipeline-events.ts";
import { rawBundle } from "./raw-event.ts";
import {
  analysisExplain,
  deleteDone,
  explanation,
  exportDone,
  progress,
  progressRequest,
  refusal,
  storageDelete,
  storageExport,
  storageQuery,
  storageQueryAnswer,
  storeDone,
} from "./requests.ts";
import type { Shape, TypeOf } from "./shape.ts";
import { problemsOf } from "./shape.ts";

/** Facts, published for all who listen. */
export const EVENTS = {
  "capture.raw": rawBundle,
  "storage.batch": storageBatch,
  "analysis.state": analysisState,
  "analysis.correction": analysisCorrection,
  "gamification.intervention": gamificationIntervention,
  "gamification.reward": gamificationReward,
  "ai.message": aiMessage,
  "figurine.command": figurineCommand,
  "figurine.reaction": figurineReaction,
} as const;

/** Questions: what is asked, and the answer when it is done; `refusal` when it is not. */
export const REQUESTS = {
  "storage.store": { asks: rawBundle, answers: storeDone },
  "storage.query": { asks: storageQuery, answers: storageQueryAnswer },
  "storage.export": { asks: storageExport, answers: exportDone },
  "storage.delete": { asks: storageDelete, answers: deleteDone },
  "analysis.explain": { asks: analysisExplain, answers: explanation },
  "gamification.progress": { asks: progressRequest, answers: progress },
} as const;

export type EventSubject = keyof typeof EVENTS;
export type RequestSubject = keyof typeof REQUESTS;
/** What a module's `ctx.bus` is typed by. */
export type SkellyJellyEvents = { readonly [S in EventSubject]: TypeOf<(typeof EVENTS)[S]> } & {
  readonly [S in RequestSubject]: TypeOf<(typeof REQUESTS)[S]["asks"]>;
};

/** Problems of a message's data, empty when it is right. A subject nobody defined is a problem. */
export function check(subject: string, data: unknown): string[] {
  const shape = asksOf(subject);
  return shape === null
    ? [`${subject}: no such subject in the contract`]
    : problemsOf(shape, data, subject);
}

/** The same for the answer to a request. */
export function checkAnswer(subject: RequestSubject, data: unknown): string[] {
  const refused = typeof data === "object" && data !== null && "ok" in data && data.ok === false;
  const shape: Shape<unknown> = refused ? refusal : REQUESTS[subject].answers;
  return problemsOf(shape, data, `${subject} answer`);
}

function asksOf(subject: string): Shape<unknown> | null {
  if (Object.hasOwn(EVENTS, subject)) return EVENTS[subject as EventSubject];
  if (Object.hasOwn(REQUESTS, subject)) return REQUESTS[subject as RequestSubject].asks;
  return null;
}

export type * from "./companion-events.ts";
export { MESSAGE_CHARACTERS_MAX } from "./companion-events.ts";
export type * from "./pipeline-events.ts";
export { BATCH_EVENTS_MAX } from "./pipeline-events.ts";
export type * from "./raw-event.ts";
export { BUNDLE_EVENTS_MAX, RAW_EVENT_KINDS } from "./raw-event.ts";
export type * from "./requests.ts";
export type * from "./vocabulary.ts";
export {
  ANIMATIONS,
  APP_CATEGORIES,
  CLIP_MS,
  EXPRESSIONS,
  FILE_CLASSES,
  INTERVENTION_CATEGORIES,
  INTERVENTIONS,
  KEY_CLASSES,
  MESSAGE_STYLES,
  MOODS,
  REACTIONS,
  REWARDS,
  SOURCES,
  STATES,
  URGENCIES,
} from "./vocabulary.ts";
