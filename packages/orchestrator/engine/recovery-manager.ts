// recovery-manager.ts: brings the policy its clock, its dice and the phase of the system.
import type { Failure } from "@skelly-jelly/contract";
import type { ModuleRecord } from "../model/module-record.ts";
import type { RecoveryVerdict } from "../model/recovery-record.ts";
import { decideRecovery } from "../policy/recovery.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { SystemStore } from "./system-store.ts";

export class RecoveryManager {
  readonly #store: SystemStore;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(store: SystemStore, clock: Clock, random: Random) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  readonly decide = (record: ModuleRecord, failure: Failure): RecoveryVerdict =>
    decideRecovery({
      descriptor: record.descriptor,
      failure,
      record: record.recovery,
      nowMs: this.#clock.nowMs(),
      dice: this.#random.next(),
      startingSystem: this.#store.phase.kind === "starting" && !record.settled,
    });
}
