// survivors.ts: finds what an earlier orchestrator left running, and who has charge of it.
import { type InstanceId, incarnationMark } from "@skelly-jelly/contract";
import type { Survivor } from "../ports/module-runner.ts";
import { type InstanceFolder, instanceFolders } from "./instance-folder.ts";
import { InstancePath } from "./instance-path.ts";
import { type MarkedProcess, markedProcesses } from "./marked-processes.ts";
import {
  isAlive,
  type ProcessIdentity,
  readIdentityFile,
  startedAtWallMs,
} from "./process-identity.ts";
import type { RunnerShared } from "./runner-shared.ts";

export type FoundInstance = {
  readonly instance: InstanceId;
  /** Its parent process, when it lives and can be spoken to. */
  readonly parent: ProcessIdentity | null;
  /** The newest incarnation whose end nobody has told. */
  readonly survivor: Survivor | null;
  readonly main: ProcessIdentity | null;
  /** What is left of still earlier ones, and parents that cannot be spoken to: to be killed. */
  readonly strays: readonly number[];
};

type Marked = { readonly incarnation: number; readonly process: MarkedProcess };

export function findInstances(shared: RunnerShared): readonly FoundInstance[] {
  const marked = markedProcesses(shared.runDirectory);
  const folders = new Map(instanceFolders(shared.runDirectory).map((f) => [f.path.instance, f]));
  const names = new Set([...folders.keys(), ...marked.map(({ mark }) => instanceOf(shared, mark))]);
  return [...names].flatMap((instance) => {
    if (instance === null) return [];
    const folder = folders.get(instance) ?? null;
    return [findInstance(shared, instance, folder, marked)];
  });
}

function findInstance(
  shared: RunnerShared,
  instance: InstanceId,
  folder: InstanceFolder | null,
  marked: readonly MarkedProcess[],
): FoundInstance {
  const own = marked.filter(({ mark }) => instanceOf(shared, mark) === instance);
  const parents = own.filter(({ isParent }) => isParent).map(({ stat }) => stat);
  // A shell that was just forked looks like its parent; that one is older.
  const parent = parents.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)[0] ?? null;
  const lives = own.flatMap((process): readonly Marked[] => {
    const incarnation = incarnationOf(shared, instance, process);
    return incarnation === null ? [] : [{ incarnation, process }];
  });
  const newest = Math.max(0, folder?.untold()[0] ?? 0, ...lives.map((one) => one.incarnation));
  const main = newest === 0 ? null : mainOf(shared, instance, newest, lives);
  const exists =
    newest > 0 && (main !== null || lives.length > 0 || isOfThisBoot(shared, folder, newest));
  const older = lives.filter(({ incarnation }) => incarnation < newest);
  const unreachable = folder === null && parent !== null ? [parent.pid] : [];
  return {
    instance,
    parent: folder === null ? null : parent,
    survivor: exists
      ? {
          instance,
          incarnation: newest,
          pid: main?.pid ?? null,
          startedAtWallMs: startOf(shared, folder, newest, main),
        }
      : null,
    main,
    strays: [...older.map(({ process }) => process.stat.pid), ...unreachable],
  };
}

/** Its main process: named in its file, or else the leader of a session with its mark. */
function mainOf(
  shared: RunnerShared,
  instance: InstanceId,
  incarnation: number,
  lives: readonly Marked[],
): ProcessIdentity | null {
  const path = new InstancePath(shared.runDirectory, instance);
  const written = readIdentityFile(path.of(incarnation, "pid"), shared.boot);
  if (written !== null) return isAlive(written) ? written : null;
  const leaders = lives
    .filter((one) => one.incarnation === incarnation)
    .map(({ process }) => process.stat)
    .filter((stat) => stat.session === stat.pid)
    .sort((a, b) => a.startTicks - b.startTicks);
  return leaders[0] ?? null;
}

/** Files of another boot speak of nothing that could still run. */
function isOfThisBoot(shared: RunnerShared, folder: InstanceFolder | null, k: number): boolean {
  if (folder === null) return false;
  return readIdentityFile(folder.path.of(k, "pid"), shared.boot) !== null;
}

function startOf(
  shared: RunnerShared,
  folder: InstanceFolder | null,
  incarnation: number,
  main: ProcessIdentity | null,
): number {
  const identity =
    main ??
    (folder === null ? null : readIdentityFile(folder.path.of(incarnation, "pid"), shared.boot));
  return identity === null ? Date.now() : startedAtWallMs(identity);
}

/** `system/instance` or `system/instance/k`; `null` when it is another system's. */
function instanceOf({ options }: RunnerShared, mark: string): InstanceId | null {
  const prefix = `${options.system}/`;
  if (!mark.startsWith(prefix)) return null;
  return mark.slice(prefix.length).split("/")[0] ?? null;
}

function incarnationOf(
  { options }: RunnerShared,
  instance: InstanceId,
  { mark, isParent }: MarkedProcess,
): number | null {
  if (isParent) return null;
  const number = Number(mark.slice(incarnationMark(options.system, instance, 0).length - 1));
  return Number.isInteger(number) && number > 0 ? number : null;
}
