// story.ts: everything that happens to a simulated system, as data: print it, shrink it, keep it as a test.
import type {
  HealthStatus,
  InstanceId,
  JsonObject,
  ModuleDescriptor,
  ModuleId,
  SystemDescriptor,
} from "@skelly-jelly/contract";

/** What is odd about one life. Missing fields are calm. */
export type Quirk = {
  readonly spawnTakesMs?: number;
  readonly spawnFails?: "retry" | "not-found";
  /** `never`: it hangs in its start. */
  readonly readyAfterMs?: number | "never";
  readonly startFails?: "retry" | "config";
  /** It ends by itself so long after its spawn. */
  readonly endsAfterMs?: number;
  readonly exit?: number | "SIGSEGV" | "SIGKILL" | "out-of-memory";
  /** How long a polite stop takes; `never`: it ignores it. */
  readonly stopTakesMs?: number | "never";
  readonly killTakesMs?: number;
  /** Something of it cannot be ended. */
  readonly leavesStuck?: boolean;
  /** From so long after its spawn on it answers health checks like that. */
  readonly health?: "mute" | "late" | "flapping" | HealthStatus;
  readonly healthFromMs?: number;
  readonly config?: "refuses" | "fails-commit" | "restart-needed" | "mute";
  /** Shares of its messages, both ways, that are lost or repeated; and how late they come. */
  readonly loses?: number;
  readonly repeats?: number;
  readonly delaysMs?: number;
};

/** One thing that somebody or something does to the system. */
export type Deed = { readonly atMs: number } & (
  | { readonly do: "start-system" }
  | { readonly do: "stop-system"; readonly timeoutMs: number }
  | { readonly do: "start" | "stop" | "restart" | "recover"; readonly module: ModuleId }
  | { readonly do: "configure"; readonly module: ModuleId; readonly config: JsonObject }
  | { readonly do: "register"; readonly descriptor: ModuleDescriptor }
  | { readonly do: "add"; readonly descriptor: ModuleDescriptor }
  | { readonly do: "remove"; readonly module: ModuleId }
  | {
      readonly do: "change";
      readonly module: ModuleId;
      readonly change: Partial<ModuleDescriptor>;
    }
  | { readonly do: "end"; readonly instance: InstanceId; readonly code: number | null }
  | { readonly do: "complain"; readonly instance: InstanceId; readonly severity: "low" | "high" }
  | { readonly do: "say-health"; readonly instance: InstanceId; readonly status: HealthStatus }
  | { readonly do: "journal"; readonly works: boolean }
  | { readonly do: "jump-wall"; readonly ms: number }
  /** The orchestrator dies at its n-th touch of the world from now on, and comes back. */
  | { readonly do: "die"; readonly touches: number; readonly backAfterMs: number }
);

export type Story = {
  readonly seed: number;
  readonly system: SystemDescriptor;
  /** By instance; its n-th incarnation takes the n-th quirk, and round again. */
  readonly quirks: Readonly<Record<InstanceId, readonly (Quirk | null)[]>>;
  readonly deeds: readonly Deed[];
  /** From then on nothing odd happens any more, and all must become well. */
  readonly faultsUntilMs: number;
};

/** The worker host of simulated systems: worker modules live and die with it. */
export const HOST = "host";

/** A number in [0, 1) that depends on nothing but its arguments. */
export function chance(seed: number, what: string, nth: number): number {
  let hash = (seed ^ Math.imul(nth + 1, 0x9e3779b1)) >>> 0;
  for (let at = 0; at < what.length; at++) {
    hash = Math.imul(hash ^ what.charCodeAt(at), 16777619);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
