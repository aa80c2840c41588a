// hub-subscriptions.ts: the subscriptions of one connection: what SUB and UNSUB do, and a reload.
import { type Outcome, reservedFor } from "./hub-refusals.ts";
import type { HubState } from "./hub-state.ts";
import { HubSubscription, type Owner } from "./hub-subscription.ts";
import type { Access } from "./permissions.ts";
import { isPattern } from "./subject.ts";
import type { Frame } from "./wire-parser.ts";

const OK: Outcome = { kind: "ok" };
const MALFORMED: Outcome = { kind: "fatal", text: "Parser Error" };

export class HubSubscriptions {
  readonly #hub: HubState;
  readonly #owner: Owner;
  readonly #bySid = new Map<string, HubSubscription>();

  constructor(hub: HubState, owner: Owner) {
    this.#hub = hub;
    this.#owner = owner;
  }

  /** `SUB <subject> [queue] <sid>` */
  subscribe(words: readonly string[], access: Access): Outcome {
    const [pattern, second, third] = words;
    const sid = third ?? second;
    if (pattern === undefined || sid === undefined || words.length > 3) return MALFORMED;
    const queue = third === undefined ? null : (second ?? null);
    if (!isPattern(pattern)) return refused("Invalid Subject");
    const target = queue === null ? `"${pattern}"` : `"${pattern}" using queue "${queue}"`;
    const violation = `Permissions Violation for Subscription to ${target}`;
    const feature = reservedFor(pattern);
    if (feature !== null) return refused(`${violation}: ${feature} not served by this hub`);
    const grant = access.maySubscribe(pattern);
    if (grant === null) return refused(violation);
    // A sid that is taken already keeps its subscription; so it is with a NATS server.
    if (this.#bySid.has(sid)) return OK;
    if (this.#bySid.size >= this.#hub.limits.maxSubscriptions) {
      return refused("maximum subscriptions exceeded");
    }
    const { hides } = grant;
    const made = new HubSubscription(this.#owner, { pattern, queue, sid, hides });
    this.#bySid.set(sid, made);
    this.#hub.table.add(made);
    return OK;
  }

  /** `UNSUB <sid> [max]` */
  unsubscribe(words: readonly string[]): Outcome {
    const [sid, max] = words;
    if (sid === undefined || sid === "" || words.length > 2) return MALFORMED;
    if (max !== undefined && !/^\d{1,9}$/.test(max)) return MALFORMED;
    const subscription = this.#bySid.get(sid);
    if (subscription === undefined) return OK;
    const limit = Number(max ?? 0);
    if (limit > subscription.delivered) subscription.max = limit;
    else this.remove(sid);
    return OK;
  }

  remove(sid: string): void {
    const subscription = this.#bySid.get(sid);
    if (subscription === undefined) return;
    this.#bySid.delete(sid);
    this.#hub.table.remove(subscription);
  }

  removeAll(): void {
    for (const sid of [...this.#bySid.keys()]) this.remove(sid);
  }

  /** Drops what the new rules do not allow; answers what to tell the client of it. */
  reload(access: Access): readonly string[] {
    const lost: string[] = [];
    for (const [sid, subscription] of this.#bySid) {
      const { pattern } = subscription;
      const grant = access.maySubscribe(pattern);
      if (grant === null) {
        this.remove(sid);
        lost.push(`Permissions Violation for Subscription to "${pattern}" (sid "${sid}")`);
      } else subscription.hides = grant.hides;
    }
    return lost;
  }

  /** To this connection's own subscription, whoever else listens. */
  deliverOwn(frame: Frame): void {
    for (const subscription of this.#bySid.values()) {
      if (!subscription.matches(frame.subject)) continue;
      subscription.deliver(frame);
      return;
    }
  }
}

function refused(text: string): Outcome {
  return { kind: "refused", text };
}
