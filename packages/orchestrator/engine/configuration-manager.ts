// configuration-manager.ts: a change of configuration is a transaction: all who are affected accept, or nobody changes.
import type {
  InstanceId,
  Json,
  JsonObject,
  ModuleId,
  ModuleMessage,
  OrchestratorMessage,
} from "@skelly-jelly/contract";
import type { ModuleRecord } from "../model/module-record.ts";
import { isAlive } from "../model/module-state.ts";
import { sameData } from "../policy/config-impact.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { EventPublisher } from "./event-publisher.ts";
import type { Lives } from "./lives.ts";
import { within } from "./within.ts";

/** How long a module may think about a proposed configuration. */
const ANSWER_WAIT_MS = 5000;

export type ConfigOutcome = "applied" | "restarted" | "stored" | "unchanged";

export type ConfigResult =
  | { readonly ok: true; readonly version: number; readonly outcome: ConfigOutcome }
  | {
      readonly ok: false;
      readonly code: "CONFIG_REFUSED" | "CONFIG_ROLLED_BACK";
      readonly message: string;
    };

type Answer = Extract<ModuleMessage, { type: "config-answer" }>;
type InForce = { readonly version: number; readonly config: JsonObject };

type Use = {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly lives: Lives;
  readonly publisher: EventPublisher;
  readonly instances: (module: ModuleId) => readonly ModuleRecord[];
  /** Replaces references to secrets by their values, for the module's eyes only. */
  readonly reveal: (config: JsonObject) => JsonObject;
  /** Restarts it and resolves with what keeps it from being well; null when it is well. */
  readonly restart: (module: ModuleId, cause: string) => Promise<string | null>;
  /** Asks for its health now; resolves with what is wrong, null when nothing is. */
  readonly checkHealth: (module: ModuleId) => Promise<string | null>;
};

export class ConfigurationManager {
  readonly #use: Use;
  readonly #inForce = new Map<ModuleId, InForce>();
  /** What the file says of each. */
  readonly #base = new Map<ModuleId, JsonObject>();
  readonly #answers = new Map<string, (answer: Answer) => void>();
  /** One transaction at a time; the next begins when this settles. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(use: Use) {
    this.#use = use;
  }

  /**
   * What the file says. A change made while it ran outlives the orchestrator, until the file itself
   * says something new of this module.
   */
  admit(module: ModuleId, config: JsonObject): void {
    this.#base.set(module, config);
    const known = this.#inForce.get(module);
    if (known !== undefined) return this.#keep(module, known);
    const kept = this.#use.journal.recall(`config:${module}`) as (InForce & { base?: Json }) | null;
    const version = typeof kept?.version === "number" ? kept.version : 0;
    const unchangedFile = sameData(kept?.base ?? kept?.config, config);
    if (kept !== null && version > 0 && unchangedFile) this.#keep(module, kept);
    else this.#keep(module, { version: version + 1, config });
  }

  forget(module: ModuleId): void {
    this.#inForce.delete(module);
    this.#base.delete(module);
  }

  get(module: ModuleId): InForce {
    return this.#inForce.get(module) ?? { version: 1, config: {} };
  }

  welcome(record: ModuleRecord): Extract<OrchestratorMessage, { type: "welcome" }> {
    const { version, config } = this.get(record.descriptor.id);
    return {
      type: "welcome",
      config: this.#use.reveal(config),
      configVersion: version,
      level: record.level,
      paused: record.state.kind === "paused",
    };
  }

  heard(instance: InstanceId, answer: Answer): void {
    this.#answers.get(`${instance}/${answer.version}/${answer.phase}`)?.(answer);
  }

  /** Changes the configuration of one or several modules, all or none. `by` is for the audit trail. */
  update(
    changes: ReadonlyMap<ModuleId, JsonObject>,
    by: string,
  ): Promise<ReadonlyMap<ModuleId, ConfigResult>> {
    const work = this.#tail.then(() => this.#transact(changes, by));
    this.#tail = work.catch(() => undefined);
    return work;
  }

  async #transact(
    wanted: ReadonlyMap<ModuleId, JsonObject>,
    by: string,
  ): Promise<ReadonlyMap<ModuleId, ConfigResult>> {
    const results = new Map<ModuleId, ConfigResult>();
    const changes: Change[] = [];
    for (const [module, config] of wanted) {
      const before = this.get(module);
      if (JSON.stringify(before.config) === JSON.stringify(config)) {
        results.set(module, { ok: true, version: before.version, outcome: "unchanged" });
      } else {
        changes.push({ module, before, after: { version: before.version + 1, config } });
      }
    }
    const refusals = await this.#prepare(changes);
    if (refusals.length > 0) {
      const message = refusals.join("; ");
      for (const change of changes) this.#refused(change, by, message, results);
      return results;
    }
    const done: Change[] = [];
    for (const change of changes) {
      const trouble = await this.#commit(change, by, results);
      done.push(change);
      if (trouble === null) continue;
      for (const each of done.reverse()) await this.#rollBack(each, by, trouble, results);
      for (const each of changes) {
        if (!results.has(each.module)) this.#refused(each, by, trouble, results);
      }
      return results;
    }
    return results;
  }

  #refused(
    { module, before }: Change,
    by: string,
    message: string,
    results: Map<ModuleId, ConfigResult>,
  ): void {
    results.set(module, { ok: false, code: "CONFIG_REFUSED", message });
    this.#tell(module, before.version, before.version, "refused", by, null);
  }

  /** Everyone who can answer is asked; nobody has changed anything yet. */
  async #prepare(changes: readonly Change[]): Promise<readonly string[]> {
    const asked = changes.flatMap((change) =>
      this.#listening(change.module).map((instance) => ({ change, instance })),
    );
    const answers = await Promise.all(
      asked.map(async ({ change, instance }) => {
        const answer = await this.#ask(instance, "prepare", change.after);
        if (answer === "timed-out") return `${instance} did not answer in ${ANSWER_WAIT_MS} ms`;
        return answer.outcome === "refused" ? `${instance}: ${answer.message ?? "refused"}` : null;
      }),
    );
    const refusals = answers.filter((answer) => answer !== null);
    if (refusals.length > 0) {
      for (const { change, instance } of asked) {
        const { version, config } = change.after;
        this.#use.lives.tell(instance, { type: "configure", phase: "abort", version, config });
      }
    }
    return refusals;
  }

  /** Null when it took and the module is well with it; else what went wrong. */
  async #commit(
    change: Change,
    by: string,
    results: Map<ModuleId, ConfigResult>,
  ): Promise<string | null> {
    const { module, before, after } = change;
    this.#keep(module, after);
    const alive = this.#alive(module);
    let outcome: ConfigOutcome = "applied";
    if (alive.length === 0) outcome = "stored";
    else {
      const listening = this.#listening(module);
      let restart = listening.length < alive.length;
      for (const instance of listening) {
        const answer = await this.#ask(instance, "commit", after);
        if (answer === "timed-out") return `${instance} did not take it in ${ANSWER_WAIT_MS} ms`;
        if (answer.outcome === "refused") return `${instance}: ${answer.message ?? "refused"}`;
        if (answer.outcome === "restart-needed") restart = true;
      }
      const trouble = restart
        ? await this.#use.restart(module, "its configuration changed")
        : await this.#use.checkHealth(module);
      if (trouble !== null) return trouble;
      if (restart) outcome = "restarted";
    }
    results.set(module, { ok: true, version: after.version, outcome });
    const told = outcome === "restarted" ? "restarted" : "applied";
    this.#tell(module, after.version, before.version, told, by, after.config);
    return null;
  }

  /** The last good configuration again, under a new version, so that nobody mistakes it for the refused one. */
  async #rollBack(
    { module, before, after }: Change,
    by: string,
    why: string,
    results: Map<ModuleId, ConfigResult>,
  ): Promise<void> {
    const good = { version: after.version + 1, config: before.config };
    this.#keep(module, good);
    // What does not run takes it when it is started; what does not listen must be started again.
    let restart = this.#alive(module).length > this.#listening(module).length;
    for (const instance of this.#listening(module)) {
      const answer = await this.#ask(instance, "commit", good);
      if (answer === "timed-out" || answer.outcome !== "applied") restart = true;
    }
    if (restart) await this.#use.restart(module, `back to its last good configuration: ${why}`);
    results.set(module, { ok: false, code: "CONFIG_ROLLED_BACK", message: why });
    this.#tell(module, good.version, after.version, "rolled-back", by, good.config);
  }

  #ask(
    instance: InstanceId,
    phase: "prepare" | "commit",
    proposed: InForce,
  ): Promise<Answer | "timed-out"> {
    const key = `${instance}/${proposed.version}/${phase}`;
    const config = this.#use.reveal(proposed.config);
    const asked = new Promise<Answer>((resolve) => this.#answers.set(key, resolve));
    this.#use.lives.tell(instance, { type: "configure", phase, version: proposed.version, config });
    return within(this.#use.clock, ANSWER_WAIT_MS, asked).finally(() => this.#answers.delete(key));
  }

  /** Instances that run and would hear us: those whose module speaks the control protocol. */
  #listening(module: ModuleId): readonly InstanceId[] {
    return this.#use
      .instances(module)
      .filter(
        ({ state, descriptor }) =>
          (state.kind === "running" || state.kind === "paused") &&
          (descriptor.run.kind === "entry" || descriptor.run.kind === "definition"),
      )
      .map(({ instance }) => instance);
  }

  #alive(module: ModuleId): readonly ModuleRecord[] {
    return this.#use
      .instances(module)
      .filter(({ state }) => state.kind !== "stopping" && isAlive(state));
  }

  #keep(module: ModuleId, { version, config }: InForce): void {
    this.#inForce.set(module, { version, config });
    const base = this.#base.get(module) ?? config;
    this.#use.journal.remember(`config:${module}`, { version, config, base });
  }

  #tell(
    module: ModuleId,
    version: number,
    previousVersion: number,
    outcome: "applied" | "restarted" | "refused" | "rolled-back",
    by: string,
    config: JsonObject | null,
  ): void {
    this.#use.publisher.publish({
      type: "config-changed",
      module,
      version,
      previousVersion,
      outcome,
      by,
      config,
    });
  }
}

type Change = { readonly module: ModuleId; readonly before: InForce; readonly after: InForce };
