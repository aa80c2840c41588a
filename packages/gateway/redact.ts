// redact.ts: what may be shown of a configuration: references stay, literal secrets become `***`. Pure.
import { type Json, type JsonObject, referenceIn, type SystemEvent } from "@skelly-jelly/contract";

export const MASK = "***";

const SECRET_KEY =
  /secret|token|passw|passphrase|credential|private.?key|api.?key|access.?key|auth|dsn|cookie/i;
/** `scheme://user:password@host`: the password is nobody's business, whatever the key is called. */
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/i;

export function redactConfig(config: JsonObject): JsonObject {
  return redact(config, false) as JsonObject;
}

function redact(value: Json, secret: boolean): Json {
  if (typeof value === "string") {
    if (referenceIn(value) !== null) return value;
    if (secret && value !== "") return MASK;
    return value.replace(URL_PASSWORD, `$1:${MASK}@`);
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item as Json, secret));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      redact(item as Json, secret || SECRET_KEY.test(key)),
    ]),
  );
}

export function redactEvent(event: SystemEvent): SystemEvent {
  if (event.type !== "config-changed" || event.config === null) return event;
  return { ...event, config: redactConfig(event.config) };
}

/** True when the mask itself came back: a client that sends what it was shown would store `***`. */
export function containsMask(value: Json): boolean {
  if (typeof value === "string") return value === MASK || value.includes(`:${MASK}@`);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((item) => containsMask(item as Json));
}
