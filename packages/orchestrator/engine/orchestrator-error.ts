// orchestrator-error.ts: the one error class thrown at the public door; its code says what happened.
import type { Failure } from "@skelly-jelly/contract";

export type OrchestratorErrorCode =
  | Failure["code"]
  | "NO_SUCH_MODULE"
  | "NO_SUCH_PATH"
  | "DUPLICATE_MODULE"
  | "INVALID_CONFIG"
  | "SYSTEM_STOPPING"
  | "SYSTEM_STOPPED"
  | "CONFIG_REFUSED"
  /** It was changed by somebody else meanwhile. */
  | "CONFIG_OUTDATED"
  | "CONFIG_ROLLED_BACK"
  | "TIMED_OUT";

export class OrchestratorError extends Error {
  override readonly name = "OrchestratorError";
  readonly code: OrchestratorErrorCode;
  /** The modules it is about, the culprit first. */
  readonly modules: readonly string[];

  constructor(code: OrchestratorErrorCode, message: string, modules: readonly string[] = []) {
    super(message);
    this.code = code;
    this.modules = modules;
  }
}
