// permissions.ts: what one user of the hub may publish and subscribe to.
import type { Clock } from "./clock.ts";
import { covers, overlaps } from "./subject.ts";

/** Patterns. Nothing is allowed that `allow` does not name; `deny` wins over `allow`. */
export type SubjectRules = { readonly allow: readonly string[]; readonly deny: readonly string[] };

export type HubPermissions = { readonly publish: SubjectRules; readonly subscribe: SubjectRules };

/** A subscription that is allowed, with what must be kept from it. */
export type Grant = { readonly hides: ((subject: string) => boolean) | null };

const KNOWN_MAX = 1024;
const ANSWERS_MAX = 4096;
const ANSWER_MS = 120_000;
/** `_INBOX.` and a first token that is spelled out. */
const OWN_INBOX = /^_INBOX\.[^*>.]+\./;

export class Access {
  readonly #rules: HubPermissions | null;
  readonly #clock: Clock;
  readonly #known = new Map<string, boolean>();
  /** Subjects on which this user was asked for an answer, and until when it may give one. */
  readonly #answers = new Map<string, number>();

  /** `null`: everything is allowed. */
  constructor(rules: HubPermissions | null, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#rules === null;
  }

  mayPublish(subject: string): boolean {
    if (this.#rules === null) return true;
    const known = this.#known.get(subject);
    if (known !== undefined) return known || this.#mayAnswer(subject);
    const { allow, deny } = this.#rules.publish;
    const may =
      allow.some((pattern) => covers(pattern, subject)) &&
      !deny.some((pattern) => covers(pattern, subject));
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(subject, may);
    return may || this.#mayAnswer(subject);
  }

  /**
   * Whoever is asked may answer for a while, without a rule for every inbox. Inboxes only: else the
   * one who asks could have others publish what he may not.
   */
  asked(replyTo: string): void {
    if (this.#rules === null || !replyTo.startsWith("_INBOX.")) return;
    this.#answers.delete(replyTo);
    if (this.#answers.size >= ANSWERS_MAX) {
      for (const oldest of this.#answers.keys()) {
        this.#answers.delete(oldest);
        break;
      }
    }
    this.#answers.set(replyTo, this.#clock.nowMs() + ANSWER_MS);
  }

  /** `null`: refused. */
  maySubscribe(pattern: string): Grant | null {
    if (this.#rules === null) return { hides: null };
    const { allow, deny } = this.#rules.subscribe;
    if (deny.some((denied) => covers(denied, pattern))) return null;
    // An inbox of its own, for the answers to its requests: its name cannot be guessed by others.
    const allowed = OWN_INBOX.test(pattern) || allow.some((allowed) => covers(allowed, pattern));
    if (!allowed) return null;
    const hidden = deny.filter((denied) => overlaps(denied, pattern));
    if (hidden.length === 0) return { hides: null };
    return { hides: (subject) => hidden.some((denied) => covers(denied, subject)) };
  }

  #mayAnswer(subject: string): boolean {
    const untilMs = this.#answers.get(subject);
    return untilMs !== undefined && this.#clock.nowMs() <= untilMs;
  }
}
