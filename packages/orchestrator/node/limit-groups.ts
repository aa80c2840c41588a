// limit-groups.ts: the groups that hold modules to their limits: the best that the kernel offers here.
// cgroup v2 where its controllers may be given to groups of ours, else the v1 hierarchies that may be written.
import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Enforcement, InstanceId, ResourceLimits } from "@skelly-jelly/contract";
import { Cgroup, removeFolder } from "./cgroup.ts";
import { makeFolder, OWN_LEAF, ownPlace, readOrEmpty, writeTo } from "./cgroup-places.ts";
import { safeInstance } from "./instance-path.ts";
import {
  CONTROLLER_OF,
  type GroupVersion,
  KEPT,
  type Kept,
  readThrottling,
  type Throttling,
  writeLimit,
} from "./limit-files.ts";
import { readStat } from "./process-identity.ts";

type Home = { readonly version: GroupVersion; readonly root: string };

type Group = {
  readonly folders: readonly string[];
  /** What the kernel took, and keeps for whoever is inside. */
  readonly kept: ReadonlySet<Kept>;
  readonly written: ResourceLimits;
};

const NO_GROUP: Group = { folders: [], kept: new Set(), written: {} };

/** Nothing is made before a module with limits is heard of. */
export class LimitGroups {
  private readonly name: string;
  private readonly v2Root: string | null;
  private found: ReadonlyMap<Kept, Home> | null = null;
  private readonly groups = new Map<InstanceId, Group>();

  /** `name`: of the folder that holds ours; `v2Root`: the runner's own folder in the v2 tree. */
  constructor(name: string, v2Root: string | null) {
    this.name = v2Root === null ? name : basename(v2Root);
    this.v2Root = v2Root;
  }

  /** What the machine offers for each limit; found out once. */
  get offer(): ReadonlyMap<Kept, Home> {
    this.found ??= new Map([...v1Homes(this.name), ...v2Homes(this.v2Root)]);
    return this.found;
  }

  /** Makes the instance's groups with these limits; returns the folders to be in. */
  prepare(instance: InstanceId, limits: ResourceLimits): readonly string[] {
    const before = this.groups.get(instance) ?? NO_GROUP;
    const declared = KEPT.filter((what) => limits[what] !== undefined);
    if (declared.length === 0 && before.folders.length === 0) return [];
    if (declared.every((what) => limits[what] === before.written[what])) {
      if (KEPT.every((what) => limits[what] === before.written[what])) return before.folders;
    }
    const folders = new Set(before.folders);
    const kept = new Set<Kept>();
    for (const what of KEPT) {
      const home = this.offer.get(what);
      if (home === undefined) continue;
      const folder = `${home.root}/${safeInstance(instance)}`;
      const had = folders.has(folder);
      if (limits[what] === undefined && !had) continue;
      if (!had && !(makeFolder(home.root) && makeFolder(folder))) continue;
      folders.add(folder);
      const took = writeLimit(home.version, folder, what, limits[what]);
      if (took && limits[what] !== undefined) kept.add(what);
    }
    const group = { folders: [...folders], kept, written: limits };
    this.groups.set(instance, group);
    return group.folders;
  }

  /** How each of these limits is (or would be) kept by a group; what is missing is not. */
  keeps(instance: InstanceId, limits: ResourceLimits): ReadonlyMap<Kept, Enforcement> {
    const group = this.groups.get(instance);
    const kept = new Map<Kept, Enforcement>();
    for (const what of KEPT) {
      if (limits[what] === undefined) continue;
      const home = this.offer.get(what);
      if (home === undefined || (group !== undefined && !group.kept.has(what))) continue;
      kept.set(what, home.version === 2 ? "cgroup-v2" : "cgroup-v1");
    }
    return kept;
  }

  /** What the kernel counts of an instance held at its CPU quota; `null` when nothing holds it. */
  throttling(instance: InstanceId): Throttling | null {
    const group = this.groups.get(instance);
    const home = this.offer.get("cpuPercent");
    if (group?.kept.has("cpuPercent") !== true || home === undefined) return null;
    return readThrottling(`${home.root}/${safeInstance(instance)}`);
  }

  /** Calls when its groups are removed, or do not come to be empty. */
  remove(instance: InstanceId, done: () => void): void {
    const folders = this.groups.get(instance)?.folders ?? [];
    this.groups.delete(instance);
    let left = folders.length;
    if (left === 0) return done();
    const gone = (): void => {
      left -= 1;
      if (left === 0) done();
    };
    // It may be started again while the kernel still lets go.
    const isWanted = (): boolean => this.groups.has(instance);
    for (const folder of folders) new Cgroup(folder).removeSoon(gone, isWanted);
  }

  /** Removes what is empty; groups that something still lives in stay with it. */
  close(): void {
    for (const { root } of this.found?.values() ?? []) removeFolder(root);
  }
}

function v1Homes(name: string): readonly [Kept, Home][] {
  return KEPT.flatMap((what): [Kept, Home][] => {
    const own = ownPlace(CONTROLLER_OF[what]);
    if (own === null) return [];
    const root = `${own}/${name}`;
    return makeFolder(root) ? [[what, { version: 1, root }]] : [];
  });
}

function v2Homes(root: string | null): readonly [Kept, Home][] {
  if (root === null) return [];
  const given = giveControllers(root);
  return KEPT.flatMap((what): [Kept, Home][] =>
    given.includes(CONTROLLER_OF[what]) ? [[what, { version: 2, root }]] : [],
  );
}

/** Passes the controllers down from our own group to those below `root`; returns what came through. */
function giveControllers(root: string): readonly string[] {
  const own = dirname(root);
  const offered = words(`${own}/cgroup.controllers`);
  const wanted = Object.values(CONTROLLER_OF).filter((name) => offered.includes(name));
  if (wanted.length === 0) return [];
  // One by one the kernel would take some, and leave a tree in which nothing can be limited.
  const all = wanted.map((name) => `+${name}`).join(" ");
  if (!mayPassOn(own)) return [];
  writeTo(`${own}/cgroup.subtree_control`, all);
  writeTo(`${root}/cgroup.subtree_control`, all);
  return words(`${root}/cgroup.subtree_control`);
}

/** A group with processes of its own may not limit those below it, the whole tree's root excepted. */
function mayPassOn(own: string): boolean {
  const isRoot = !existsSync(`${own}/cgroup.type`);
  return isRoot || words(`${own}/cgroup.procs`).length === 0 || stepAside(own);
}

/** Only when nobody is there but us and those who started us. */
function stepAside(own: string): boolean {
  const inside = words(`${own}/cgroup.procs`).map(Number);
  const us = new Set(ancestors(process.pid));
  if (!inside.every((pid) => us.has(pid)) || !makeFolder(`${own}/${OWN_LEAF}`)) return false;
  return inside.every((pid) => writeTo(`${own}/${OWN_LEAF}/cgroup.procs`, String(pid)));
}

function ancestors(pid: number): readonly number[] {
  const line: number[] = [];
  for (let at = pid; at > 0 && !line.includes(at); at = readStat(at)?.parentPid ?? 0) line.push(at);
  return line;
}

const words = (path: string): readonly string[] =>
  readOrEmpty(path)
    .split(/\s+/)
    .filter((word) => word !== "");
