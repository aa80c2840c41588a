// system-change.ts: from one description of a system to another while it runs; refused as a whole or done as a whole.
import type { JsonObject, ModuleId, SystemDescriptor } from "@skelly-jelly/contract";
import { configImpact, type Impact } from "../policy/config-impact.ts";
import type { ConfigResult } from "./configuration-manager.ts";

type Use = {
  readonly current: () => SystemDescriptor;
  readonly admit: (system: SystemDescriptor) => void;
  readonly update: (
    changes: ReadonlyMap<ModuleId, JsonObject>,
  ) => Promise<ReadonlyMap<ModuleId, ConfigResult>>;
  readonly stop: (id: ModuleId) => Promise<unknown>;
  /** No wish to have it is left. */
  readonly rest: (id: ModuleId) => void;
  readonly forget: (id: ModuleId) => void;
  readonly isRunning: () => boolean;
  /** Somebody wants it up. */
  readonly isWanted: (id: ModuleId) => boolean;
  readonly start: (id: ModuleId, cause: string) => void;
  readonly restart: (id: ModuleId, because: string) => void;
  readonly whenUp: (id: ModuleId) => Promise<void>;
  readonly note: (message: string) => void;
};

export type ChangeResult =
  | { readonly ok: true; readonly impacts: readonly Impact[] }
  | { readonly ok: false; readonly message: string };

export class SystemChange {
  readonly #use: Use;

  constructor(use: Use) {
    this.#use = use;
  }

  async apply(next: SystemDescriptor): Promise<ChangeResult> {
    const { current, admit, update, note } = this.#use;
    const before = current();
    const impacts = configImpact(before, next);
    const configs = new Map<ModuleId, JsonObject>();
    for (const { kind, module } of impacts) {
      const config = next.modules.find(({ id }) => id === module)?.config;
      if (kind === "reconfigure" && config !== undefined) configs.set(module, config);
    }
    // Configurations first: they can be refused, and then nothing else has changed.
    const results = await update(configs);
    for (const result of results.values()) {
      if (!result.ok) return { ok: false, message: result.message };
    }
    const removed = impacts.filter(({ kind }) => kind === "remove").map(({ module }) => module);
    // Under another number of instances their names change: the old ones are to go as well.
    const renamed = impacts.filter(isRenamed).map(({ module }) => module);
    const wanted = new Set(impacts.map(({ module }) => module).filter(this.#use.isWanted));
    // What is to go is stopped in reverse order while the old edges still hold.
    const going = [...removed, ...renamed].reverse();
    for (const module of going) await this.#use.stop(module);
    // Someone may have asked for one of them again meanwhile: the change has the last word.
    for (const module of going) this.#use.rest(module);
    admit(next);
    for (const module of removed) this.#use.forget(module);
    if (this.#use.isRunning()) await this.#bring(impacts, wanted);
    for (const impact of impacts) note(describe(impact));
    return { ok: true, impacts };
  }

  /** What was not wanted stays down: a change of its description is no wish to have it. */
  async #bring(impacts: readonly Impact[], wanted: ReadonlySet<ModuleId>): Promise<void> {
    const waits: ModuleId[] = [];
    for (const impact of impacts) {
      const { kind, module } = impact;
      if (kind === "add") this.#use.start(module, "it was added");
      else if (kind !== "restart" || !wanted.has(module)) continue;
      else if (isRenamed(impact)) this.#use.start(module, "its instances changed");
      else this.#use.restart(module, `its ${impact.because.join(", ")} changed`);
      waits.push(module);
    }
    await Promise.allSettled(waits.map((module) => this.#use.whenUp(module)));
  }
}

const isRenamed = (impact: Impact): boolean =>
  impact.kind === "restart" && impact.because.includes("instances");

function describe(impact: Impact): string {
  const because = "because" in impact ? ` (${impact.because.join(", ")})` : "";
  return `configuration: ${impact.kind} ${impact.module}${because}`;
}
