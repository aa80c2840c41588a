// brittle-journal.ts: a journal on a disk that fails at times; what was written outlives the orchestrator.
import type { InstanceId, JsonObject, SystemEvent } from "@skelly-jelly/contract";
import type { Journal } from "../../ports/journal.ts";
import type { Mortal } from "./mortal.ts";

/** What lies on the disk. */
export class Disk {
  works = true;
  /** It has failed at some time: numbers may be missing from it. */
  hasFailed = false;
  lastSeq = 0;
  readonly intents = new Map<InstanceId, number>();
  readonly facts = new Map<string, JsonObject>();

  /** The journal as one orchestrator holds it. */
  journal(mortal: Mortal): Journal {
    const disk = this;
    const mayWrite = (): boolean => mortal.touch() && disk.works;
    return {
      get state() {
        return disk.works ? "available" : "unavailable: no space left on device";
      },
      get lastSeq() {
        return disk.lastSeq;
      },
      append(events: readonly SystemEvent[]) {
        if (mayWrite()) disk.lastSeq = events.at(-1)?.seq ?? disk.lastSeq;
      },
      intend({ instance, incarnation }) {
        if (mayWrite()) disk.intents.set(instance, incarnation);
      },
      incarnations: () => disk.intents,
      query: () => [],
      remember(key, value) {
        if (mayWrite()) disk.facts.set(key, value);
      },
      recall: (key) => disk.facts.get(key) ?? null,
      close() {},
    };
  }

  fail(): void {
    this.works = false;
    this.hasFailed = true;
  }

  mend(): void {
    this.works = true;
  }
}
