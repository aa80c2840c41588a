// hub-refusals.ts: what this hub does not serve or cannot read, and how it says so.
import type { Violation } from "./wire-parser.ts";

/** What to answer: fine, an error after which the connection goes on, or one that ends it. */
export type Outcome =
  | { readonly kind: "ok" }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "fatal"; readonly text: string };

/** Subjects that belong to features of a NATS server which the hub does not have. */
const RESERVED: readonly (readonly [string, string])[] = [
  ["$JS.", "JetStream"],
  ["$JSC.", "JetStream"],
  ["$KV.", "JetStream key-value"],
  ["$OBJ.", "JetStream object store"],
  ["$O.", "JetStream object store"],
  ["$SYS.", "the system account"],
  ["$MQTT.", "MQTT"],
  ["$LDS.", "leaf nodes"],
  ["$GNR.", "gateways"],
  ["_GR_.", "gateways"],
];

/** The feature that a subject or pattern belongs to; `null`: it is the user's own. */
export function reservedFor(subject: string): string | null {
  const first = subject.charCodeAt(0);
  if (first !== 36 && first !== 95) return null;
  const found = RESERVED.find(([prefix]) => subject.startsWith(prefix) || `${subject}.` === prefix);
  return found?.[1] ?? null;
}

/** The answer of a server without JetStream, in JetStream's own form. */
export function jetStreamAnswer(): string {
  return JSON.stringify({
    type: "io.nats.jetstream.api.v1.response",
    error: { code: 503, err_code: 10076, description: "JetStream is not served by this hub" },
  });
}

/** Operations between servers; a client never sends them. */
const SERVER_OPERATIONS: Readonly<Record<string, string>> = {
  "RS+": "clustering",
  "RS-": "clustering",
  RMSG: "clustering",
  "A+": "accounts",
  "A-": "accounts",
  "LS+": "leaf nodes",
  "LS-": "leaf nodes",
  LMSG: "leaf nodes",
};

export function unknownOperationText(name: string): string {
  const feature = SERVER_OPERATIONS[name];
  return feature === undefined
    ? "Unknown Protocol Operation"
    : `Unknown Protocol Operation ${name}: ${feature} not served by this hub`;
}

export function violationText(violation: Violation): string {
  switch (violation.kind) {
    case "control-line":
      return "maximum control line exceeded";
    case "payload-size":
      return "Maximum Payload Violation";
    case "malformed":
      return violation.what === "operation" ? "Unknown Protocol Operation" : "Parser Error";
  }
}

export type ConnectRequest = Readonly<Record<string, unknown>>;

/** What a client asks for; `refusal`: why it cannot have it. */
export function readConnect(text: string): {
  readonly options: ConnectRequest;
  readonly refusal: string | null;
} {
  const options = parseObject(text);
  if (options === null) return { options: {}, refusal: "Parser Error" };
  return { options, refusal: connectRefusal(options) };
}

function connectRefusal(options: ConnectRequest): string | null {
  if (options["tls_required"] === true) return "TLS is not served by this hub";
  for (const name of ["jwt", "nkey", "sig"]) {
    if (typeof options[name] === "string" && options[name] !== "") {
      return `Authorization Violation: ${name} is not served by this hub, use user and password`;
    }
  }
  if (typeof options["account"] === "string" && options["account"] !== "") {
    return "Authorization Violation: accounts are not served by this hub";
  }
  const protocol = options["protocol"];
  if (protocol !== undefined && protocol !== 0 && protocol !== 1) return "invalid client protocol";
  if (options["no_responders"] === true && options["headers"] !== true) {
    return "no responders requires headers support";
  }
  return null;
}

function parseObject(text: string): ConnectRequest | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return value as Record<string, unknown>;
  } catch {
    // Not JSON: the client is told so.
    return null;
  }
}
