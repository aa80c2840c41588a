// issue-book.ts: errors that modules reported, open until the module is healthy again.
import type { HealthIssue, InstanceId, Severity } from "@skelly-jelly/contract";
import type { EventPublisher } from "./event-publisher.ts";

/** Severity by type of error, for reports that name none that we know. */
export const SEVERITY_OF: Readonly<Record<string, Severity>> = {
  crash: "high",
  resource_exhaustion: "high",
  dependency: "high",
  timeout: "medium",
  health_check: "medium",
  communication: "medium",
  config: "low",
};

type Report = HealthIssue & { readonly errorType: string };

/** Oldest go first when a module reports without end. */
const OPEN_MAX = 20;

export class IssueBook {
  readonly #publisher: EventPublisher;
  readonly #open = new Map<InstanceId, readonly Report[]>();

  constructor(publisher: EventPublisher) {
    this.#publisher = publisher;
  }

  opened(module: InstanceId, severity: Severity, errorType: string, message: string): void {
    const known = (this.#open.get(module) ?? []).filter((report) => report.message !== message);
    this.#open.set(module, [...known.slice(1 - OPEN_MAX), { severity, errorType, message }]);
    this.#publisher.publish({
      type: "error-reported",
      module,
      severity,
      errorType,
      message,
      resolved: false,
    });
  }

  resolved(module: InstanceId): void {
    const reports = this.#open.get(module);
    if (reports === undefined) return;
    this.#open.delete(module);
    for (const { severity, errorType, message } of reports) {
      this.#publisher.publish({
        type: "error-reported",
        module,
        severity,
        errorType,
        message,
        resolved: true,
      });
    }
  }

  open(module: InstanceId): readonly HealthIssue[] {
    return this.#open.get(module) ?? [];
  }
}
