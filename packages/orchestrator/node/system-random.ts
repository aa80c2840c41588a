// system-random.ts: real chance, behind the random port. For jitter; secrets come from node:crypto.
import type { Random } from "../ports/random.ts";

export const systemRandom: Random = { next: () => Math.random() };
