// module-story.ts: why a module is as it is, back to where it began, through the modules it depends on. Pure.
import { adoptionLink } from "./adoption-link.ts";
import {
  episodeOf,
  fallsOf,
  fallWords,
  isOfConfig,
  isTrigger,
  type Told,
  tellEpisode,
} from "./episode.ts";
import { ownWords, sinceOf } from "./own-words.ts";
import {
  baseOf,
  dependenciesOf,
  eventsOf,
  instancesOf,
  isUp,
  isWords,
  type Move,
  movesOf,
  type Past,
  stateOf,
  statusOf,
  upTo,
} from "./past.ts";
import { dependencyIn, list } from "./words.ts";

export type Story = {
  readonly id: string;
  /** A whole sentence, without its full stop. */
  readonly says: string;
  /** The same for those who have named its state already. */
  readonly detail: string;
  /** Only why: what stands after "it was restarted:". */
  readonly cause: string;
  readonly links: readonly Told[];
  readonly next: readonly string[];
};

/** `seen`: modules of which it is being told already; grows. */
export function storyOf(id: string, past: Past, seen: Set<string> = new Set()): Story {
  seen.add(id);
  const state = stateOf(past, id);
  const last = movesOf(past, id).at(-1);
  if (state === null || (last === undefined && state === "not-started")) {
    const says = `${id} has not been started`;
    return { id, says, detail: says, cause: "", links: [], next: [`skelly start ${baseOf(id)}`] };
  }
  const blockers = state === "waiting" || state === "paused" ? blockersOf(id, past, last) : [];
  return blockers.length > 0
    ? heldUp(id, past, { blockers, seen })
    : byItself(id, past, { last, seen });
}

/** The dependencies whose state keeps it from going on. */
function blockersOf(id: string, past: Past, last: Move | undefined): readonly string[] {
  const named = new Set(statusOf(past, id)?.waitingFor ?? []);
  const said = last === undefined ? null : dependencyIn(last.cause);
  const known = dependenciesOf(past, id).filter((on) => {
    const down = instancesOf(past, on).some((instance) => !isUp(past, instance));
    return named.size > 0 ? named.has(on) : down;
  });
  if (known.length > 0) return known;
  return said === null || instancesOf(past, said).every((each) => isUp(past, each)) ? [] : [said];
}

type Held = { readonly blockers: readonly string[]; readonly seen: Set<string> };

function heldUp(id: string, past: Past, { blockers, seen }: Held): Story {
  const down = blockers.map((on) => instancesOf(past, on).find((each) => !isUp(past, each)) ?? on);
  const stories = down.filter((on) => !seen.has(on)).map((on) => storyOf(on, past, seen));
  const holding = list(down.map((on) => `its dependency ${on} ${isWords(past, on)}`));
  const own: Told = {
    seq: Number.MAX_SAFE_INTEGER,
    timeMs: sinceOf(id, past),
    module: id,
    fact: isWords(past, id),
    because: holding,
  };
  const details = stories.map(({ detail }) => detail);
  const says = [`${id} ${isWords(past, id)}: ${holding}`, ...details].join("; ");
  return {
    id,
    says,
    detail: says,
    cause: [holding, ...details].join("; "),
    links: [...stories.flatMap(({ links }) => links), ...tellEpisode(episodeOf(id, past), id), own],
    next: [...new Set(stories.flatMap(({ next }) => next))],
  };
}

type Own = { readonly last: Move | undefined; readonly seen: Set<string> };

function byItself(id: string, past: Past, { last, seen }: Own): Story {
  // What runs is explained by how it came to run, and by what happened to it since.
  const settled = last?.to === "running" || last?.to === "completed";
  const arrived = settled ? upTo(past, last) : past;
  const episode = episodeOf(id, arrived);
  const since = last === undefined ? [] : laterThan(last, past, id, settled);
  const links = [...tellEpisode(episode, id), ...tellEpisode(since, id)];
  const falls = fallsOf(episode);
  const trigger = episode.find(
    (event): event is Move => event.type === "module-state-changed" && isTrigger(event),
  );
  // A failure of its own, after what set it going, needs no further reason.
  const begins = falls.every((fall) => fall === trigger);
  const before =
    trigger !== undefined && begins ? origin(trigger, past, seen) : hostOf(falls, past);
  const own = ownWords(id, past, { falls, trigger, last });
  const state = isWords(past, id);
  const failing = stateOf(past, id) === "failed" || stateOf(past, id) === "backing-off";
  const further = before === null || before.detail === "" ? "" : `; ${before.detail}`;
  return {
    id,
    says: `${id} ${state}${failing ? ": it" : ""} ${own.detail}${further}`.trimEnd(),
    detail: `${id} ${failing ? "" : `${state} `}${own.detail}${further}`.trimEnd(),
    cause: `${own.cause}${further}`,
    links: [...(before?.links ?? []), ...links],
    next: nextSteps(id, past),
  };
}

function laterThan(last: Move, past: Past, id: string, settled: boolean) {
  if (!settled) return [];
  return eventsOf(past, id).filter(({ seq }) => seq > last.seq);
}

/** Its worker host notices a thread's end before its own is noticed: the cause is journaled after. */
const HOST_WITHIN_MS = 5_000;

function hostOf(falls: readonly Move[], past: Past): Origin | null {
  const fall = falls.findLast(({ failure }) => failure?.code === "HOST_DIED");
  const host = /worker host '([^']+)'/.exec(fall?.cause ?? "")?.[1];
  if (fall === undefined || host === undefined) return null;
  const near = past.events.filter(({ timeMs }) => Math.abs(timeMs - fall.timeMs) <= HOST_WITHIN_MS);
  const [died] = fallsOf(near.filter((event) => "module" in event && event.module === host));
  if (died === undefined) return null;
  const [link] = tellEpisode([died], host);
  // It happened before what it brought about, whenever it was written down.
  const links = link === undefined ? [] : [{ ...link, seq: fall.seq - 0.5, timeMs: fall.timeMs }];
  return { detail: `${host} ${fallWords(died)}`, links };
}

type Origin = { readonly detail: string; readonly links: readonly Told[] };

/** Where a trigger came from: the dependency's own story, the change, the orchestrator's death. */
function origin(trigger: Move, past: Past, seen: Set<string>): Origin | null {
  const dependency = dependencyIn(trigger.cause);
  if (dependency !== null) {
    const then = upTo(past, trigger);
    const instance = instancesOf(then, dependency)[0] ?? dependency;
    if (seen.has(instance)) return null;
    return storyOf(instance, then, seen);
  }
  if (trigger.cause.startsWith("adopted")) {
    const link = adoptionLink(trigger, past);
    return link === null ? null : { detail: link.fact, links: [link] };
  }
  if (!isOfConfig(trigger.cause)) return null;
  // Who asked is journaled once the outcome is known.
  const change = past.events.find(
    (event) =>
      event.type === "config-changed" &&
      event.module === baseOf(trigger.module) &&
      event.seq > trigger.seq,
  );
  if (change?.type !== "config-changed") return null;
  const { version, previousVersion, by, outcome } = change;
  const detail = `version ${previousVersion} to ${version} was asked by ${by} (${outcome})`;
  return { detail, links: tellEpisode([change], trigger.module) };
}

function nextSteps(id: string, past: Past): readonly string[] {
  const module = baseOf(id);
  switch (stateOf(past, id)) {
    case "failed":
      return [`skelly logs ${module}`, `skelly recover ${module}   # once the cause is gone`];
    case "backing-off":
      return [`skelly logs ${module}`, `skelly restart ${module}   # not to wait for the attempt`];
    case "stopped":
      return [`skelly start ${module}`];
    case "starting":
    case "waiting":
      return [`skelly logs ${module}`];
    default:
      return isUp(past, id) ? [] : [`skelly health ${module}`, `skelly logs ${module}`];
  }
}
