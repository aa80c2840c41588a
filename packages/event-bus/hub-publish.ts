// hub-publish.ts: whether a message that a client sends may go out.
import { frameHeaders } from "./frame.ts";
import { type Outcome, reservedFor } from "./hub-refusals.ts";
import type { Access } from "./permissions.ts";
import type { RoutingTable } from "./routing-table.ts";
import { isSubject } from "./subject.ts";
import type { Frame } from "./wire-parser.ts";

export type Sender = {
  readonly table: RoutingTable;
  readonly access: Access;
  /** It said in CONNECT that it knows headers. */
  readonly headers: boolean;
};

/** `jetstream`: not to be published, and to be answered in JetStream's own form. */
export type Verdict = Outcome | { readonly kind: "jetstream" };

const OK: Verdict = { kind: "ok" };

export function judgePublish(frame: Frame, { table, access, headers }: Sender): Verdict {
  if (frame.hasHeaders) {
    if (!headers) return { kind: "fatal", text: "message headers not supported" };
    if (frameHeaders(frame) === null) {
      return { kind: "fatal", text: "bad message header detected" };
    }
  }
  const { subject, replyTo } = frame;
  if (!table.isSubject(subject) || (replyTo !== null && !isSubject(replyTo))) {
    return { kind: "refused", text: "Invalid Publish Subject" };
  }
  const feature = reservedFor(subject);
  if (feature !== null) {
    if (replyTo !== null && subject.startsWith("$JS.API.")) return { kind: "jetstream" };
    return { kind: "refused", text: `${violation(subject)}: ${feature} not served by this hub` };
  }
  return access.mayPublish(subject) ? OK : { kind: "refused", text: violation(subject) };
}

function violation(subject: string): string {
  return `Permissions Violation for Publish to "${subject}"`;
}
