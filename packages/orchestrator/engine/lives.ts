// lives.ts: the incarnations that run now, with what only this process knows of them.
import type { Failure, InstanceId, OrchestratorMessage } from "@skelly-jelly/contract";
import type { RunningModule } from "../ports/module-runner.ts";

export type Life = {
  readonly instance: InstanceId;
  readonly incarnation: number;
  readonly running: RunningModule;
  /** What the module said of its own end, before it ended. */
  saidFailure: Failure | null;
  /** The configuration version it runs with. */
  configVersion: number;
};

export class Lives {
  readonly #lives = new Map<InstanceId, Life>();

  begin(life: Life): void {
    this.#lives.set(life.instance, life);
  }

  end(instance: InstanceId, incarnation: number): void {
    if (this.#lives.get(instance)?.incarnation === incarnation) this.#lives.delete(instance);
  }

  get(instance: InstanceId): Life | undefined {
    return this.#lives.get(instance);
  }

  is(instance: InstanceId, incarnation: number): boolean {
    return this.#lives.get(instance)?.incarnation === incarnation;
  }

  /** False when nothing of it runs or it has no control channel now. */
  tell(instance: InstanceId, message: OrchestratorMessage): boolean {
    return this.#lives.get(instance)?.running.tell(message) ?? false;
  }

  all(): IterableIterator<Life> {
    return this.#lives.values();
  }

  get size(): number {
    return this.#lives.size;
  }
}
