// routing-table.ts: who gets what. One table serves direct calls, worker ports and the wire alike.
import { BusError } from "./bus-error.ts";
import { Deque } from "./deque.ts";
import { keptFrame } from "./frame.ts";
import { hasWildcard, isSubject } from "./subject.ts";
import { SubjectTrie } from "./subject-trie.ts";
import type { Frame } from "./wire-parser.ts";

/** One subscription, as the table sees it. */
export type Route = {
  readonly pattern: string;
  readonly queue: string | null;
  /** False: it is closing, full, or not for this subject; a queue group picks another member. */
  mayTake(subject: string, from: object | null): boolean;
  /** The frame is only lent: whoever keeps it copies it. */
  deliver(frame: Frame): void;
  /** What the sender should wait for before it sends more; `null`: nothing. */
  pressure(): Pressure | null;
};

export type Pressure = {
  /** Longest that a sender waits for it. */
  readonly waitMsMax: number;
  /** Called once, later, when there is room again; the answer forgets the call. */
  onRelief(resume: () => void): () => void;
};

type Group = { readonly members: readonly Route[]; next: number };
type Match = { readonly plain: readonly Route[]; readonly groups: readonly Group[] };
type Waiting = {
  readonly frame: Frame;
  readonly from: object | null;
  unheard: (() => void) | null;
};

const CACHE_MAX = 4096;
const WAITING_MAX = 65_536;
/** Messages routed because of messages, before others get a turn. */
const CHAIN_MAX = 1024;
/** Longest that a connection waits for its turn behind such a chain. */
const TURN_MS_MAX = 1000;
const INBOX = "_INBOX.";

export class RoutingTable {
  readonly #trie = new SubjectTrie<Route>();
  readonly #cache = new Map<string, Match>();
  readonly #waiting = new Deque<Waiting>();
  #routing = false;
  #size = 0;
  #onEnd: (() => void)[] = [];
  #settled: (() => void)[] = [];
  readonly #turn: Pressure = {
    waitMsMax: TURN_MS_MAX,
    onRelief: (resume) => {
      void this.settled().then(resume);
      return () => undefined;
    },
  };

  get size(): number {
    return this.#size;
  }

  /** Called once, when the bus that owns this table is closed. */
  onEnd(run: () => void): void {
    this.#onEnd.push(run);
  }

  end(): void {
    for (const run of this.#onEnd.splice(0)) run();
  }

  add(route: Route): void {
    this.#trie.add(route.pattern, route);
    this.#size += 1;
    this.#forget(route.pattern);
  }

  remove(route: Route): void {
    this.#trie.remove(route.pattern, route);
    this.#size -= 1;
    this.#forget(route.pattern);
  }

  /** Someone is being called right now, or waits for a turn. */
  get isRouting(): boolean {
    return this.#routing;
  }

  /** False for text that is no subject. Cheap for subjects that were used lately. */
  isSubject(text: string): boolean {
    return this.#cache.has(text) || isSubject(text);
  }

  /**
   * Gives the message to everyone it is for. What a receiver sends meanwhile is routed after it, so
   * all receivers see one order. `unheard` is called when nobody took it.
   */
  publish(frame: Frame, from: object | null, unheard: (() => void) | null): Pressure | null {
    if (!this.#routing) {
      this.#routing = true;
      const pressure = this.#route(frame, from, unheard);
      this.#routeWaiting();
      return pressure;
    }
    // What came by wire is only lent to us; its sender waits, so it adds one message at most.
    if (from !== null) {
      this.#waiting.push({ frame: keptFrame(frame), from, unheard });
      return this.#turn;
    }
    if (this.#waiting.length >= WAITING_MAX) {
      throw new BusError("FULL", `${WAITING_MAX} messages wait to be routed; flush() now and then`);
    }
    this.#waiting.push({ frame, from, unheard });
    return null;
  }

  /** True when someone would have to refuse this for want of room. */
  isFull(subject: string, isFull: (route: Route) => boolean): boolean {
    const match = this.#match(subject);
    return match.plain.some(isFull);
  }

  /** Resolves when nothing waits to be routed. */
  settled(): Promise<void> {
    if (!this.#routing) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settled.push(resolve);
    });
  }

  #routeWaiting(): void {
    for (let count = 0; count < CHAIN_MAX; count += 1) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#routing = false;
        for (const resolve of this.#settled.splice(0)) resolve();
        return;
      }
      this.#route(next.frame, next.from, next.unheard);
    }
    setImmediate(() => this.#routeWaiting());
  }

  #route(frame: Frame, from: object | null, unheard: (() => void) | null): Pressure | null {
    const { plain, groups } = this.#match(frame.subject);
    let pressure: Pressure | null = null;
    let heard = false;
    for (const route of plain) {
      if (!route.mayTake(frame.subject, from)) continue;
      route.deliver(frame);
      heard = true;
      pressure ??= route.pressure();
    }
    for (const group of groups) {
      const route = pick(group, frame.subject, from);
      if (route === null) continue;
      route.deliver(frame);
      heard = true;
      pressure ??= route.pressure();
    }
    if (!heard) unheard?.();
    return pressure;
  }

  #match(subject: string): Match {
    const known = this.#cache.get(subject);
    if (known !== undefined) return known;
    const plain: Route[] = [];
    const groups = new Map<string, Route[]>();
    for (const route of this.#trie.match(subject)) {
      if (route.queue === null) {
        plain.push(route);
        continue;
      }
      // One group is one name on one pattern.
      const key = `${route.queue} ${route.pattern}`;
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [route]);
      else members.push(route);
    }
    const match = { plain, groups: [...groups.values()].map((members) => ({ members, next: 0 })) };
    // An inbox is answered once; remembering it would only push out what is used again.
    if (!subject.startsWith(INBOX)) {
      if (this.#cache.size >= CACHE_MAX) this.#cache.clear();
      this.#cache.set(subject, match);
    }
    return match;
  }

  #forget(pattern: string): void {
    if (hasWildcard(pattern)) this.#cache.clear();
    else this.#cache.delete(pattern);
  }
}

/** Members take turns; one that may not take it is passed over. */
function pick(group: Group, subject: string, from: object | null): Route | null {
  const { members } = group;
  for (let tried = 0; tried < members.length; tried += 1) {
    const route = members[group.next % members.length]!;
    group.next = (group.next + 1) % members.length;
    if (route.mayTake(subject, from)) return route;
  }
  return null;
}
