// harness.ts: runs one module alone, for its tests: the orchestrator's part is the test's to play.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  Json,
  JsonObject,
  ModuleMessage,
  OrchestratorMessage,
  Severity,
} from "@skelly-jelly/contract";
import { createEventBus, type EventBus } from "@skelly-jelly/event-bus";
import type { ModuleDefinition } from "./define-module.ts";
import { directLink } from "./host/control-link.ts";
import { moduleLog } from "./host/module-log.ts";
import { type ModuleEnd, runModule } from "./host/module-runtime.ts";
import { recordPublished } from "./host/recorded-bus.ts";

export type TestModuleOptions = {
  readonly config?: JsonObject;
  /** Default: a bus in this process. `null`: the module may not join one. */
  readonly bus?: EventBus<any> | null;
  /** Default: a temporary folder, removed when the module has stopped. */
  readonly dataDirectory?: string;
  readonly id?: string;
  readonly level?: string;
  /** How long an answer may take. Default 5000. */
  readonly waitMs?: number;
};

export type Published = { readonly subject: string; readonly data: Json };
type Said<T extends ModuleMessage["type"]> = Omit<Extract<ModuleMessage, { type: T }>, "type">;

export type TestedModule = AsyncDisposable & {
  /** Resolves when it is ready; rejects with what start() threw, or what its schema refused. */
  start(): Promise<void>;
  stop(): Promise<ModuleEnd>;
  health(): Promise<Said<"health">>;
  /** Both phases. The old configuration stays in force unless the outcome is `applied`. */
  configure(config: JsonObject): Promise<Said<"config-answer">>;
  setLevel(level: string): Promise<Said<"level-answer">>;
  /** False when nothing in the module heeds it. */
  pause(): Promise<boolean>;
  resume(): Promise<void>;
  throttle(frequencyFactor: number, concurrencyMax?: number | null): Promise<boolean>;
  reset(): Promise<Said<"reset-answer">>;
  /** The bus as others see it: publish to the module here. */
  readonly bus: EventBus<any>;
  /** What the module has published. */
  readonly published: readonly Published[];
  /** The first of `published` on this subject that was not asked for before; waits for it. */
  nextPublished<Data = Json>(subject: string): Promise<Data>;
  /** What it told by ctx.report. */
  readonly reports: readonly { severity: Severity; errorType: string; message: string }[];
  /** Its log. */
  readonly lines: readonly string[];
};

export function testModule(
  definition: ModuleDefinition,
  options: TestModuleOptions = {},
): TestedModule {
  return new Tested(definition, options);
}

const WAIT_MS = 5000;
const STOP_MS = 10_000;

class Tested implements TestedModule {
  readonly bus: EventBus<any>;
  readonly published: Published[] = [];
  readonly reports: { severity: Severity; errorType: string; message: string }[] = [];
  readonly lines: string[] = [];
  readonly #definition: ModuleDefinition;
  readonly #options: TestModuleOptions;
  readonly #folder: string | null;
  readonly #ownBus: boolean;
  #unheard: ModuleMessage[] = [];
  #untaken: Published[] = [];
  #looks: (() => void)[] = [];
  #play: Play | null = null;
  #checks = 0;
  #version = 1;

  constructor(definition: ModuleDefinition, options: TestModuleOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#ownBus = options.bus === undefined || options.bus === null;
    this.bus = options.bus ?? createEventBus();
    this.#folder =
      options.dataDirectory === undefined ? mkdtempSync(join(tmpdir(), "skelly-module-")) : null;
  }

  async start(): Promise<void> {
    const { config = {}, level = "full", id = this.#definition.name } = this.#options;
    const { link, host } = directLink();
    host.onMessage((message) => this.#hear(message));
    const mark = `test/${id}#1/1`;
    const who = { system: "test", instance: `${id}#1`, incarnation: 1, mark, token: "", pid: 1 };
    const write = (line: string): void => void this.lines.push(line);
    const life = runModule(this.#definition, link, who, {
      log: moduleLog(write, write),
      dataDirectory: this.#options.dataDirectory ?? (this.#folder as string),
      openBus: this.#options.bus === null ? null : () => this.#moduleBus(),
    });
    this.#play = { tell: host.tell, life };
    host.tell({ type: "welcome", config, configVersion: this.#version, level, paused: false });
    const said = await this.#wait("ready", () =>
      this.#take((message) => message.type === "ready" || message.type === "start-failed"),
    );
    if (said.type === "start-failed") throw new Error(said.message);
  }

  async stop(): Promise<ModuleEnd> {
    const play = this.#play;
    this.#play = null;
    play?.life.stop(STOP_MS, "the test is done");
    const end = (await play?.life.ended) ?? { code: 0, message: null };
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    if (this.#ownBus) await this.bus.close();
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  health(): Promise<Said<"health">> {
    this.#checks += 1;
    return this.#ask({ type: "check-health", check: this.#checks }, "health");
  }

  async configure(config: JsonObject): Promise<Said<"config-answer">> {
    this.#version += 1;
    const change = { type: "configure", version: this.#version, config } as const;
    const prepared = await this.#ask({ ...change, phase: "prepare" }, "config-answer");
    if (prepared.outcome !== "accepted") return prepared;
    return this.#ask({ ...change, phase: "commit" }, "config-answer");
  }

  setLevel(level: string): Promise<Said<"level-answer">> {
    return this.#ask({ type: "set-level", level }, "level-answer");
  }

  async pause(): Promise<boolean> {
    return (await this.#ask({ type: "pause" }, "pause-answer")).paused;
  }

  async resume(): Promise<void> {
    await this.#ask({ type: "resume" }, "pause-answer");
  }

  async throttle(frequencyFactor: number, concurrencyMax: number | null = null): Promise<boolean> {
    const order = { type: "throttle", frequencyFactor, concurrencyMax } as const;
    return (await this.#ask(order, "throttle-answer")).applied;
  }

  reset(): Promise<Said<"reset-answer">> {
    return this.#ask({ type: "reset" }, "reset-answer");
  }

  async nextPublished<Data = Json>(subject: string): Promise<Data> {
    const { data } = await this.#wait(`message on '${subject}'`, () => {
      const at = this.#untaken.findIndex((each) => each.subject === subject);
      return at < 0 ? undefined : this.#untaken.splice(at, 1)[0];
    });
    return data as Data;
  }

  #moduleBus(): EventBus<any> {
    return recordPublished(this.bus, (subject, data) => {
      this.published.push({ subject, data });
      this.#untaken.push({ subject, data });
      this.#look();
    });
  }

  #hear(message: ModuleMessage): void {
    if (message.type === "error") {
      const { severity, errorType, message: text } = message;
      this.reports.push({ severity, errorType, message: text });
    } else this.#unheard.push(message);
    this.#look();
  }

  #look(): void {
    for (const look of this.#looks.splice(0)) look();
  }

  #take(fits: (message: ModuleMessage) => boolean): ModuleMessage | undefined {
    const at = this.#unheard.findIndex(fits);
    return at < 0 ? undefined : this.#unheard.splice(at, 1)[0];
  }

  async #ask<T extends ModuleMessage["type"]>(
    order: OrchestratorMessage,
    answer: T,
  ): Promise<Extract<ModuleMessage, { type: T }>> {
    if (this.#play === null) throw new Error(`the module is not started: no ${order.type}`);
    this.#play.tell(order);
    const said = await this.#wait(answer, () => this.#take((each) => each.type === answer));
    return said as Extract<ModuleMessage, { type: T }>;
  }

  async #wait<T>(what: string, look: () => T | undefined): Promise<T> {
    const limitMs = this.#options.waitMs ?? WAIT_MS;
    const untilMs = performance.now() + limitMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (performance.now() >= untilMs) throw new Error(`no ${what} within ${limitMs} ms`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#looks.push(resolve);
      const timer = setTimeout(resolve, untilMs - performance.now());
      await promise;
      clearTimeout(timer);
    }
  }
}

type Play = {
  readonly tell: (message: OrchestratorMessage) => void;
  readonly life: ReturnType<typeof runModule>;
};
