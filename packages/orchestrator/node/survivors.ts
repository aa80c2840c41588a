// survivors.ts: finds what an earlier orchestrator left running, and who has charge of it.
import { type InstanceId, incarnationMark } from "@skelly-jelly/contract";
import type { Survivor } from "../ports/module-runner.ts";
import { type InstanceFolder, instanceFolders } from "./instance-folder.ts";
import type { MarkedProcess } from "./marked-processes.ts";
import {
  type ProcessIdentity,
  type ProcessStat,
  readLiving,
  startedAtWallMs,
} from "./process-identity.ts";
import type { RunnerShared } from "./runner-shared.ts";

export type FoundInstance = {
  readonly instance: InstanceId;
  /** Its parent process, when it lives and can be spoken to. */
  readonly parent: ProcessIdentity | null;
  /** The newest incarnation whose end nobody has told. */
  readonly survivor: Survivor | null;
  readonly main: ProcessStat | null;
  /** What is left of still earlier ones, and parents that cannot be spoken to: to be killed. */
  readonly strays: readonly number[];
};

type Marked = { readonly incarnation: number; readonly process: MarkedProcess };

export function findInstances(shared: RunnerShared): readonly FoundInstance[] {
  const marked = shared.scan.marked();
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
  // A shell that was just forked, and is not yet the module, still looks like its parent.
  const isFork = ({ parentPid }: ProcessStat) => parents.some(({ pid }) => pid === parentPid);
  const parent = parents.find((stat) => !isFork(stat)) ?? null;
  const lives = own.flatMap((process): readonly Marked[] => {
    const incarnation = incarnationOf(shared, instance, process);
    return incarnation === null ? [] : [{ incarnation, process }];
  });
  const written = folder?.lives(shared.boot) ?? [];
  const untold = written.filter(({ told, process }) => !told && process !== null).at(-1) ?? null;
  const newest = Math.max(0, untold?.incarnation ?? 0, ...lives.map((one) => one.incarnation));
  const inFile = untold?.incarnation === newest ? untold.process : null;
  const main = inFile === null ? mainOf(newest, lives) : readLiving(inFile);
  const start = inFile ?? main;
  const older = lives.filter(({ incarnation }) => incarnation < newest);
  const unreachable = folder === null && parent !== null ? [parent.pid] : [];
  return {
    instance,
    parent: folder === null ? null : parent,
    survivor:
      newest === 0
        ? null
        : {
            instance,
            incarnation: newest,
            pid: main?.pid ?? null,
            startedAtWallMs: start === null ? Date.now() : startedAtWallMs(start),
          },
    main,
    strays: [...older.map(({ process }) => process.stat.pid), ...unreachable],
  };
}

/** The main process of one that is written nowhere: the oldest with its mark. */
function mainOf(incarnation: number, lives: readonly Marked[]): ProcessStat | null {
  const own = lives.filter((one) => one.incarnation === incarnation);
  const oldest = own
    .map(({ process }) => process.stat)
    .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
  return oldest[0] ?? null;
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
