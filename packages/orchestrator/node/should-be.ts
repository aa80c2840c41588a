// should-be.ts: what a running module should be, so that one that says hello (again) can be told all of it.
import type { ModuleMessage, OrchestratorMessage } from "@skelly-jelly/contract";
import type { StartRequest } from "../ports/module-runner.ts";

type Welcome = Extract<OrchestratorMessage, { type: "welcome" }>;

/** Watches what passes in both directions. A configuration counts once the module has applied it. */
export class ShouldBe {
  #welcome: Welcome;
  #offered: Pick<Welcome, "config" | "configVersion"> | null = null;

  constructor({ welcome, descriptor }: StartRequest) {
    this.#welcome = descriptor.task ? { ...welcome, task: true } : welcome;
  }

  get welcome(): Welcome {
    return this.#welcome;
  }

  told(message: OrchestratorMessage): void {
    switch (message.type) {
      case "welcome":
        this.#welcome = { ...this.#welcome, ...message };
        return;
      case "set-level":
        this.#welcome = { ...this.#welcome, level: message.level };
        return;
      case "pause":
      case "resume":
        this.#welcome = { ...this.#welcome, paused: message.type === "pause" };
        return;
      case "throttle": {
        const { frequencyFactor, concurrencyMax } = message;
        this.#welcome = { ...this.#welcome, throttle: { frequencyFactor, concurrencyMax } };
        return;
      }
      case "configure":
        if (message.phase !== "commit") return;
        this.#offered = { config: message.config, configVersion: message.version };
        return;
      default:
        return;
    }
  }

  heard(message: ModuleMessage): void {
    if (message.type !== "config-answer" || message.phase !== "commit") return;
    if (message.outcome !== "applied" || message.version !== this.#offered?.configVersion) return;
    this.#welcome = { ...this.#welcome, ...this.#offered };
  }
}
