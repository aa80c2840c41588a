// explain.ts: `skelly why`, as a pure function of the live status and what was journaled.
import type { SystemEvent, SystemStatusReport } from "@skelly-jelly/contract";
import type { Told } from "./episode.ts";
import { type Explanation, type Link, type Question, SYSTEM } from "./explanation.ts";
import { type Story, storyOf } from "./module-story.ts";
import { momentStory } from "./moment-story.ts";
import { idsOf, instancesOf, isUp, type Past, statusOf, systemStatusOf } from "./past.ts";
import { systemStory } from "./system-story.ts";
import { at } from "./words.ts";

/** A crash loop of days is told by its beginning and its end. */
const LINKS_FIRST = 8;
const LINKS_LAST = 16;

/** `status`: `null` when no orchestrator runs. `events`: oldest first. */
export function explain(
  status: SystemStatusReport | null,
  events: readonly SystemEvent[],
  { about, at: moment, nowMs, edges }: Question,
): Explanation {
  const past: Past = { events, status, nowMs, endMs: nowMs, edges };
  const story =
    about === SYSTEM
      ? wholeStory(past, moment)
      : moment === null
        ? presentStory(about, past)
        : momentStory(instanceIn(about, past), past, moment);
  const gone = status === null && moment === null ? goneWords(past) : null;
  const next = status === null && moment === null ? ["skelly up"] : story.next;
  return {
    about,
    sentence: gone === null ? `${capital(story.says)}.` : `Last known: ${story.says}; ${gone}.`,
    chain: chainOf(story.links),
    next,
  };
}

/** The ids that may be asked about: modules, instances, and the word for the whole. */
export const subjects = (status: SystemStatusReport | null, events: readonly SystemEvent[]) => [
  SYSTEM,
  ...idsOf({ events, status, nowMs: 0, endMs: 0, edges: new Map() }),
];

function wholeStory(past: Past, moment: Question["at"]): Story {
  if (moment === null) return systemStory(past);
  const events = past.events.filter(({ timeMs }) => timeMs < moment.toMs);
  const story = systemStory({ ...past, events, status: null, endMs: moment.toMs });
  return { ...story, says: `at ${at(moment.fromMs, past.nowMs)}: ${story.says}` };
}

/** Of several instances the one that is worst off. */
function instanceIn(module: string, past: Past): string {
  const instances = instancesOf(past, module);
  return instances.find((each) => !isUp(past, each)) ?? instances[0] ?? module;
}

function presentStory(module: string, past: Past): Story {
  const instances = instancesOf(past, module);
  const id = instanceIn(module, past);
  const story = storyOf(id, past);
  const others = instances.filter((each) => each !== id).map((each) => `skelly why ${each}`);
  const health = statusOf(past, id)?.hidden === true ? [] : others;
  return { ...story, next: [...story.next, ...health] };
}

/** The orchestrator died: what is told is what was so last. `null` when it stopped its system. */
function goneWords(past: Past): string | null {
  const last = past.events.at(-1);
  if (last === undefined || systemStatusOf(past) === "stopped") return null;
  return (
    `the orchestrator ended without a word after ${at(last.timeMs, past.nowMs)}; ` +
    "modules may still run, and `skelly up` takes charge of them again"
  );
}

function chainOf(told: readonly Told[]): readonly Link[] {
  const known = new Set<string>();
  const links = [...told]
    .sort((a, b) => a.seq - b.seq)
    .filter(({ seq, module, fact }) => {
      const key = `${seq} ${module} ${fact}`;
      return !known.has(key) && known.add(key);
    })
    .map(({ timeMs, module, fact, because }): Link => ({ timeMs, module, fact, because }));
  const left = links.length - LINKS_FIRST - LINKS_LAST;
  if (left <= 1) return links;
  const gap: Link = {
    timeMs: null,
    module: null,
    fact: `… and ${left} more, see \`skelly events\``,
    because: null,
  };
  return [...links.slice(0, LINKS_FIRST), gap, ...links.slice(-LINKS_LAST)];
}

/** A module's id stays as it is written: it is a name. */
const capital = (text: string): string =>
  /^(?:the|nothing|at) /.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
