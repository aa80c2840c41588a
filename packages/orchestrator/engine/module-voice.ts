// module-voice.ts: what a module says on its control channel, turned into inputs.
import { failure, type InstanceId, type ModuleMessage } from "@skelly-jelly/contract";
import type { ModuleInput } from "../model/module-input.ts";
import type { RunnerFact } from "../ports/module-runner.ts";
import type { ConfigurationManager } from "./configuration-manager.ts";
import type { HealthMonitor } from "./health-monitor.ts";
import type { IssueBook } from "./issue-book.ts";
import type { Lives } from "./lives.ts";
import type { SystemStore } from "./system-store.ts";

type Use = {
  readonly store: SystemStore;
  readonly lives: Lives;
  readonly issues: IssueBook;
  readonly health: () => HealthMonitor;
  readonly configuration: ConfigurationManager;
  /** Its answer to being asked to do less. */
  readonly throttled: (instance: InstanceId, incarnation: number, applied: boolean) => void;
  readonly post: (instance: InstanceId, input: ModuleInput) => void;
};

export class ModuleVoice {
  readonly #use: Use;

  constructor(use: Use) {
    this.#use = use;
  }

  readonly heard = (instance: InstanceId, incarnation: number, fact: RunnerFact): void => {
    if (fact.kind !== "said") return;
    this.#message(instance, incarnation, fact.message);
  };

  #message(instance: InstanceId, incarnation: number, message: ModuleMessage): void {
    const { post, health, configuration, lives, store, issues } = this.#use;
    switch (message.type) {
      case "ready": {
        const asks = store.get(instance)?.descriptor.ready?.ask.kind;
        if (asks === "module") post(instance, { kind: "ready", incarnation });
        return;
      }
      case "start-failed": {
        const life = lives.get(instance);
        if (life === undefined) return;
        const code = message.retry ? "START_REFUSED" : "CONFIG_INVALID";
        life.saidFailure = failure(code, { module: instance, message: message.message });
        return;
      }
      case "health": {
        health().heard(instance, incarnation, message);
        if (store.get(instance)?.health.status === "healthy") issues.resolved(instance);
        return;
      }
      case "config-answer":
        return configuration.heard(instance, message);
      case "throttle-answer":
        return this.#use.throttled(instance, incarnation, message.applied);
      case "error": {
        const { severity, errorType } = message;
        issues.opened(instance, severity, errorType, message.message);
        // High and critical ones are failures to recover from; the rest are on record.
        if (severity !== "high" && severity !== "critical") return;
        const why = failure("REPORTED", { module: instance, message: message.message });
        return post(instance, { kind: "ailing", incarnation, failure: why });
      }
      default:
        return;
    }
  }
}
