// prober.ts: one question about one module, asked from outside, with a time limit.
import type { ModuleDescriptor, ProbeKind } from "@skelly-jelly/contract";

export type ProbeAnswer =
  | { readonly ok: true; readonly tookMs: number }
  | { readonly ok: false; readonly tookMs: number; readonly message: string };

export interface Prober {
  /** http, tcp and exec only. Never rejects; an answer comes within `timeoutMs`. */
  ask(
    probe: Extract<ProbeKind, { kind: "http" | "tcp" | "exec" }>,
    descriptor: ModuleDescriptor,
    timeoutMs: number,
  ): Promise<ProbeAnswer>;
}
