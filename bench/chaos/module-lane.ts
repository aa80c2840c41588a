// module-lane.ts: what is done to the modules.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BookEntry, lastLives } from "./book.ts";
import type { ChaosRun } from "./chaos-run.ts";
import type { Dice } from "./dice.ts";
import { send } from "./ground.ts";
import { bootSeconds, type Found, processesWith, statOf } from "./machine.ts";
import type { Kind, Member } from "./system.ts";

type Act = (run: ChaosRun, member: Member, dice: Dice) => boolean;

const IN_A_HOST: readonly Kind[] = ["worker", "inside"];

/** How often each is drawn, and for whom there is such a thing. */
const ACTS: Readonly<Record<string, { weight: number; not: readonly Kind[]; act: Act }>> = {
  "kill -9": { weight: 30, not: IN_A_HOST, act: signalled("SIGKILL") },
  "kill -9 of its parent": { weight: 8, not: IN_A_HOST, act: killParent },
  "kill -9 of both": { weight: 4, not: IN_A_HOST, act: killBoth },
  SIGTERM: { weight: 10, not: IN_A_HOST, act: signalled("SIGTERM") },
  SIGSTOP: { weight: 4, not: IN_A_HOST, act: signalled("SIGSTOP", 2) },
  "SIGSTOP of its parent": { weight: 2, not: IN_A_HOST, act: stopParent },
  SIGSEGV: { weight: 3, not: IN_A_HOST, act: signalled("SIGSEGV") },
  "exit code": {
    weight: 14,
    not: [],
    act: (run, { id }, dice) => order(run, id, `exit ${dice.whole(0, 120)}`),
  },
  "hidden grandchild": { weight: 8, not: IN_A_HOST, act: (run, { id }) => order(run, id, "fork") },
  "fork bomb": { weight: 3, not: IN_A_HOST, act: (run, { id }) => order(run, id, "bomb") },
  "file handles exhausted": {
    weight: 4,
    not: ["shell", "node", "entry", "worker", "inside"],
    act: (run, { id }) => order(run, id, "handles"),
  },
  "deaf (busy loop)": {
    weight: 2,
    not: ["shell", "python"],
    act: (run, { id }) => order(run, id, "deaf"),
  },
  "much output": {
    weight: 4,
    not: ["shell", "python", "c", "inside"],
    act: (run, { id }) => order(run, id, "log"),
  },
  "uncaught error": {
    weight: 4,
    not: ["shell", "python", "c"],
    act: (run, { id }) => order(run, id, "throw"),
  },
};
const WHICH = Object.entries(ACTS).flatMap(([name, { weight }]) =>
  Array<string>(weight).fill(name),
);

/** One fault to one module. */
export function harmModule(run: ChaosRun, dice: Dice): void {
  const kind = dice.pick(WHICH);
  const act = ACTS[kind];
  if (act === undefined) return;
  const member = dice.pick(run.system.members.filter((one) => !act.not.includes(one.kind)));
  run.fault(kind, member.id, act.act(run, member, dice));
}

/** The process of its newest life, if it is at least so old. */
export function mainOf({ ground }: ChaosRun, id: string, ageSeconds = 0): Found | null {
  const life: BookEntry | undefined = lastLives(ground.folder).get(id);
  if (life === undefined || bootSeconds() - life.seconds < ageSeconds) return null;
  return (
    processesWith(`CHAOS_ID=${id}\0`).find(
      ({ pid, environment }) => pid === life.pid && environment.get("CHAOS_DIR") === ground.folder,
    ) ?? null
  );
}

function signalled(signal: NodeJS.Signals, ageSeconds = 0): Act {
  return (run, { id }) => {
    const main = mainOf(run, id, ageSeconds);
    return main !== null && send(main, signal);
  };
}

function parentOf(run: ChaosRun, id: string): Found | null {
  const main = mainOf(run, id);
  const stat = main === null ? null : statOf(main.parentPid);
  if (main === null || stat === null) return null;
  const parent = processesWith("skelly-parent").find(({ pid }) => pid === main.parentPid);
  return parent ?? null;
}

function killParent(run: ChaosRun, { id }: Member): boolean {
  const parent = parentOf(run, id);
  return parent !== null && send(parent, "SIGKILL");
}

function killBoth(run: ChaosRun, { id }: Member): boolean {
  const [main, parent] = [mainOf(run, id), parentOf(run, id)];
  if (main === null || parent === null) return false;
  return send(parent, "SIGKILL") && send(main, "SIGKILL");
}

/** A parent that stands still, and a module that dies under it. */
function stopParent(run: ChaosRun, { id }: Member): boolean {
  const [main, parent] = [mainOf(run, id), parentOf(run, id)];
  if (main === null || parent === null || !send(parent, "SIGSTOP")) return false;
  setTimeout(() => send(main, "SIGKILL"), 50);
  setTimeout(() => send(parent, "SIGCONT"), 1500);
  return true;
}

function order({ ground }: ChaosRun, id: string, text: string): boolean {
  writeFileSync(join(ground.folder, "orders", id), `${text}\n`);
  return true;
}
