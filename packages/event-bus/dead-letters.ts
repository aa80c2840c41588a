// dead-letters.ts: messages that could not be delivered as they should, told on a subject of their own.
import type { BusMessage } from "./event-bus.ts";
import type { Outgoing } from "./frame.ts";

export class DeadLetters {
  readonly #subject: string;
  readonly #send: (message: Outgoing) => void;
  readonly #onError: (error: unknown) => void;
  #count = 0;

  constructor(
    subject: string,
    send: (message: Outgoing) => void,
    onError: (error: unknown) => void,
  ) {
    this.#subject = subject;
    this.#send = send;
    this.#onError = onError;
  }

  get count(): number {
    return this.#count;
  }

  /** The data as it came; subject, subscription and reason in the headers. */
  add(message: BusMessage<any>, pattern: string, reason: string): void {
    // A dead letter that dies again is only counted by its subscriber: else it would never end.
    if (message.subject === this.#subject) return;
    this.#count += 1;
    const headers = {
      ...message.headers,
      "Skelly-Subject": message.subject,
      "Skelly-Subscription": pattern,
      "Skelly-Reason": reason.replaceAll(/[\r\n]+/g, " "),
    };
    const text = JSON.stringify(message.data);
    try {
      this.#send({ subject: this.#subject, replyTo: null, headers, text });
    } catch (error) {
      this.#onError(error);
    }
  }
}
