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
  readonly forget: (id: ModuleId) => void;
  readonly isRunning: () => boolean;
  readonly start: (id: ModuleId) => void;
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
    // What is to go is stopped in reverse order while the old edges still hold.
    for (const module of [...removed].reverse()) await this.#use.stop(module);
    admit(next);
    for (const module of removed) this.#use.forget(module);
    if (this.#use.isRunning()) await this.#bring(impacts);
    for (const impact of impacts) note(describe(impact));
    return { ok: true, impacts };
  }

  async #bring(impacts: readonly Impact[]): Promise<void> {
    const waits: ModuleId[] = [];
    for (const impact of impacts) {
      if (impact.kind === "add") this.#use.start(impact.module);
      if (impact.kind === "restart") {
        this.#use.restart(impact.module, `its ${impact.because.join(", ")} changed`);
      }
      if (impact.kind === "add" || impact.kind === "restart") waits.push(impact.module);
    }
    await Promise.allSettled(waits.map((module) => this.#use.whenUp(module)));
  }
}

function describe(impact: Impact): string {
  const because = "because" in impact ? ` (${impact.because.join(", ")})` : "";
  return `configuration: ${impact.kind} ${impact.module}${because}`;
}
