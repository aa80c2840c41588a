// errand-desk.ts: where users ask: who asked for what, until when it must be answered, and what follows.
import type { InstanceId, ModuleId, SystemDescriptor } from "@skelly-jelly/contract";
import type { Orchestrator } from "../../engine/orchestrator.ts";
import { OrchestratorError } from "../../engine/orchestrator-error.ts";
import { type Errand, errandLimitMs, fileAfter, runErrand, sameConfig } from "./errands.ts";
import type { Ledger } from "./ledger.ts";
import type { Rules } from "./rules.ts";
import type { Deed } from "./story.ts";

export class ErrandDesk {
  readonly #ledger: Ledger;
  readonly #rules: Rules;
  readonly #open = new Set<Errand>();
  /** The system's file; an orchestrator that comes up reads it. */
  file: SystemDescriptor;
  /** Changes of configuration or of modules that were asked for so far. */
  #changes = 0;
  /** Orchestrators that answered no more: what they were asked is forgotten with them. */
  #deaths = 0;

  constructor(ledger: Ledger, rules: Rules, file: SystemDescriptor) {
    this.#ledger = ledger;
    this.#rules = rules;
    this.file = file;
  }

  get open(): Iterable<Errand> {
    return this.#open;
  }

  get size(): number {
    return this.#open.size;
  }

  /** A configuration or the set of modules is being changed. */
  get isChanging(): boolean {
    for (const { changes } of this.#open) if (changes) return true;
    return false;
  }

  /** Whom they asked is dead. */
  clear(): void {
    this.#open.clear();
    this.#deaths += 1;
  }

  /** The file changes also while nobody is there to be asked. */
  ask(deed: Deed, orchestrator: Orchestrator | null): void {
    this.file = fileAfter(deed, this.file);
    if (orchestrator === null) return;
    this.#ledger.describe(orchestrator.descriptor);
    this.#rules.asked(this.#concerned(deed));
    const deaths = this.#deaths;
    const isThere = (): boolean => this.#deaths === deaths;
    const errand = this.#errand(deed, orchestrator);
    const alone = !this.isChanging;
    if (errand.changes) this.#changes += 1;
    const judge = this.#configJudge(deed, orchestrator, alone);
    const answer = runErrand(deed, orchestrator, this.file);
    if (answer === null) return;
    if (isThere()) this.#open.add(errand);
    answer.then(
      () => {
        this.#open.delete(errand);
        if (isThere()) judge(true);
      },
      (error: unknown) => {
        this.#open.delete(errand);
        if (!isThere()) return;
        judge(false);
        // A refusal is an answer; anything else is a bug of the core.
        if (isRefusal(error)) return;
        const message = error instanceof Error ? error.message : String(error);
        this.#ledger.violated(0, `'${errand.name}' threw: ${message}`);
      },
    );
  }

  /** Changes wait for each other: the time of each begins when those before it must be done. */
  #errand(deed: Deed, { descriptor }: Orchestrator): Errand {
    const name = `${deed.do}${"module" in deed ? ` ${deed.module}` : ""}`;
    const changes = CHANGES.includes(deed.do);
    const limitMs = Math.max(errandLimitMs(deed, descriptor), errandLimitMs(deed, this.file));
    let fromMs = this.#ledger.nowMs();
    for (const other of this.#open) {
      if (changes && other.changes) fromMs = Math.max(fromMs, other.deadlineMs);
    }
    return { name, deadlineMs: fromMs + limitMs, changes };
  }

  /** Those of whose attempts a user's word begins a new count. */
  #concerned(deed: Deed): Iterable<InstanceId> {
    const isOne = deed.do === "stop" || deed.do === "restart" || deed.do === "recover";
    return isOne ? this.#ledger.instances(deed.module) : this.#ledger.seen.keys();
  }

  /** What must be in force when a change was taken, and when it was refused: if it is the only one. */
  #configJudge(deed: Deed, orchestrator: Orchestrator, alone: boolean): (taken: boolean) => void {
    const knows = (module: ModuleId): boolean =>
      orchestrator.descriptor.modules.some(({ id }) => id === module);
    if (deed.do !== "configure" || !alone || !knows(deed.module)) return () => {};
    const before = orchestrator.config(deed.module).config;
    const change = this.#changes;
    return (taken) => {
      if (this.#changes !== change || !knows(deed.module)) return;
      const { config } = orchestrator.config(deed.module);
      if (sameConfig(config, taken ? deed.config : before)) return;
      const what = `a change was ${taken ? "taken" : "refused"}`;
      const message = `'${deed.module}': ${what}, and ${JSON.stringify(config)} is in force`;
      this.#ledger.violated(7, message);
    };
  }
}

const CHANGES: readonly Deed["do"][] = ["configure", "register", "add", "remove", "change"];

/** By its shape: a test may run another copy of the core. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === OrchestratorError.name;
