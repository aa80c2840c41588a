// internal.ts: what sibling packages may use besides the promised door.
export { type Clock, systemClock } from "./clock.ts";
export { HUB_LIMITS } from "./hub-options.ts";
export { covers, hasWildcard, isPattern, isSubject, subjectMatches } from "./subject.ts";
