// instance-groups.ts: the groups of one instance: the v2 folder that knows its processes, and those that limit it.
import type { InstanceId, ResourceLimits } from "@skelly-jelly/contract";
import { Cgroup, memoryKills } from "./cgroup.ts";
import { readOrEmpty, writeTo } from "./cgroup-places.ts";
import { safeInstance } from "./instance-path.ts";
import type { Kept } from "./limit-files.ts";
import type { LimitGroups } from "./limit-groups.ts";

export class InstanceGroups {
  private readonly instance: InstanceId;
  private readonly own: Cgroup | null;
  private readonly limits: LimitGroups | null;
  private folders: readonly string[] = [];
  /** Those that the parent process was started with, in the order of what it says of them. */
  private raised: readonly string[] = [];
  /** Those that it is inside of: what it starts is inside as well. */
  private readonly placed = new Set<string>();
  /** It has said where it is, or was asked. */
  private known = false;

  constructor(instance: InstanceId, root: string | null, limits: LimitGroups | null) {
    this.instance = instance;
    this.own = root === null ? null : new Cgroup(`${root}/${safeInstance(instance)}`);
    this.limits = limits;
  }

  get path(): string | null {
    return this.own?.path ?? null;
  }

  /** Everything of the instance is in its own v2 folder, and nothing else but its parent process. */
  get inside(): boolean {
    return this.own !== null && this.placed.has(this.own.path);
  }

  /** Makes what its limits need. */
  prepare(limits: ResourceLimits): void {
    this.folders = this.limits?.prepare(this.instance, limits) ?? [];
  }

  /** The files in which a new parent process enters itself. */
  raise(): readonly string[] {
    const own = this.own?.create() === true ? [this.own.path] : [];
    this.placed.clear();
    this.known = false;
    this.raised = [...new Set([...own, ...this.folders])];
    return this.raised.map((folder) => `${folder}/cgroup.procs`);
  }

  /** One flag for each of `raise`. */
  entered(flags: readonly boolean[]): void {
    this.known = true;
    for (const [at, folder] of this.raised.entries())
      if (flags[at] === true) this.placed.add(folder);
  }

  /** A living parent process that an earlier orchestrator had raised. */
  found(parent: number): void {
    this.placed.clear();
    this.known = true;
    if (this.own?.processes().includes(parent) === true) this.placed.add(this.own.path);
  }

  /** Moves a parent that is not in all of its limiting groups, and what it has started, into them. */
  place(parent: number, others: () => readonly number[]): void {
    for (const folder of this.folders) {
      if (this.placed.has(folder)) continue;
      const file = `${folder}/cgroup.procs`;
      const members = readOrEmpty(file).split("\n");
      const there = members.includes(String(parent)) || writeTo(file, String(parent));
      if (!there) continue;
      this.placed.add(folder);
      for (const pid of others()) if (!members.includes(String(pid))) writeTo(file, String(pid));
    }
  }

  /** Which of these limits the kernel keeps for it now. Before a parent is there: which it would. */
  keeps(limits: ResourceLimits): ReturnType<LimitGroups["keeps"]> {
    const kept = this.limits?.keeps(this.instance, limits) ?? new Map<Kept, never>();
    const outside = this.known && this.folders.some((folder) => !this.placed.has(folder));
    return outside ? new Map() : kept;
  }

  get throttling(): ReturnType<LimitGroups["throttling"]> {
    return this.limits?.throttling(this.instance) ?? null;
  }

  processes(): readonly number[] {
    return this.own?.processes() ?? [];
  }

  /** False when there is no group to do it. */
  freeze(frozen: boolean): boolean {
    return this.inside && this.own?.freeze(frozen) === true;
  }

  /** Processor time of all that was ever inside, in ms; `null` when no group counts it. */
  cpuMs(): number | null {
    if (!this.inside) return null;
    const micros = /^usage_usec (\d+)$/m.exec(readOrEmpty(`${this.own?.path}/cpu.stat`))?.[1];
    return micros === undefined ? null : Number(micros) / 1000;
  }

  memoryKills(): number {
    return memoryKills([
      ...new Set([...(this.own === null ? [] : [this.own.path]), ...this.folders]),
    ]);
  }

  /** Calls when they are removed, or do not come to be empty. */
  removeSoon(done: () => void): void {
    this.placed.clear();
    this.known = false;
    this.folders = [];
    const limits = (): void =>
      this.limits === null ? done() : this.limits.remove(this.instance, done);
    if (this.own === null) limits();
    else this.own.removeSoon(limits);
  }
}
