// raise-request.ts: what it takes to bring one parent process to life.
import type { InstancePath } from "./instance-path.ts";

export type RaiseRequest = {
  readonly path: InstancePath;
  /** `system/instance`. */
  readonly mark: string;
  /** Files to write `0` to: the groups to be in. */
  readonly cgroupFiles: readonly string[];
  /** Both FIFOs exist; the process follows at once. */
  readonly fifosReady: () => void;
  /** It has ended, or never was (`reason`). */
  readonly gone: (reason: string) => void;
};
