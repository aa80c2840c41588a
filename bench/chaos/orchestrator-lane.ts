// orchestrator-lane.ts: the orchestrator is killed at every kind of moment, and comes back.
import { setTimeout as sleep } from "node:timers/promises";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { lastLives } from "./book.ts";
import { type ChaosRun, ENDS_A_LIFE } from "./chaos-run.ts";
import type { Dice } from "./dice.ts";
import { eventually, send } from "./ground.ts";
import { bootSeconds, lives } from "./machine.ts";
import { mainOf } from "./module-lane.ts";

/** `alone` is dear: everything else waits for it. */
const ACTS = [
  "kill",
  "kill",
  "twice",
  "twice",
  "alone",
  "half-way through a start",
  "half-way through a stop",
  "half-way through a recovery",
  "half-way through a recovery",
] as const;
const STEADY_LIMIT_MS = 20_000;
/** By then every check has been failed that is going to be. */
const FAULT_SEEN_SECONDS = 25;

export async function killOrchestrator(run: ChaosRun, dice: Dice): Promise<void> {
  const act = dice.pick(ACTS);
  const kind = `kill -9 of the orchestrator${act === "kill" ? "" : `: ${act}`}`;
  const record = (done: boolean): void => run.fault(kind, null, done);
  const waitMs = dice.whole(0, 1200);
  if (act === "alone") return run.quietly(() => alone(run, record));
  if (act === "half-way through a recovery") {
    for (let n = 0; n < 4; n += 1) {
      const main = mainOf(run, dice.pick(run.system.members).id);
      if (main !== null) send(main, "SIGKILL");
    }
    await sleep(dice.whole(0, 40));
  }
  if (act === "half-way through a stop") {
    run.expectDaemon = false;
    const down = run.command(["down"]);
    await sleep(dice.whole(100, 900));
    record(kill(run));
    await down;
  } else record(kill(run));
  if (act === "half-way through a start" || act === "twice") {
    const up = run.command(["up", "-d", "--no-wait"]);
    const come = await eventually(() => run.ground.daemon() !== null, 5000, 3);
    await sleep(dice.whole(0, 500));
    run.fault(kind, null, come && kill(run));
    await up;
  }
  await sleep(waitMs);
  await bringUp(run);
}

/** False when there was none. */
function kill(run: ChaosRun): boolean {
  run.expectDaemon = false;
  const daemon = run.ground.daemon();
  return daemon !== null && send(daemon, "SIGKILL");
}

/** Brings an orchestrator up where none is; waits until the one that was killed is gone. */
export async function bringUp(run: ChaosRun): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    const ended = await run.command(["up", "-d", "--no-wait"]);
    if (ended.code === 0 || /already running/.test(ended.err + ended.out)) {
      run.expectDaemon = run.ground.daemon() !== null;
      if (run.expectDaemon) return;
    }
    run.note(`up -d ended with ${ended.code}: ${firstLine(ended.err)}`);
    await sleep(300);
  }
  run.violation(`the orchestrator cannot be brought up; daemon.log: ${tail(run)}`);
}

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";
export const tail = (run: ChaosRun): string => run.ground.daemonLog().slice(-1500);

/** Nothing else happens: nothing may be started again because the orchestrator died. */
async function alone(run: ChaosRun, record: (done: boolean) => void): Promise<void> {
  await eventually(() => !isOneToCome(run), STEADY_LIMIT_MS, 200);
  const before = await untilSteady(run, STEADY_LIMIT_MS);
  if (before === null) {
    run.note("not steady in time for a kill of the orchestrator alone");
    record(kill(run));
    return bringUp(run);
  }
  const running = lifeOf(before);
  record(kill(run));
  await eventually(() => run.ground.daemon() === null, 5000, 3);
  const up = await run.command(["up", "-d"]);
  run.expectDaemon = true;
  if (up.code !== 0) run.violation(`up -d after a kill -9 alone: ${up.code} ${up.err.trim()}`);
  const after = await run.ground.status();
  if (after === null) return run.violation("no status after a kill -9 alone");
  for (const [instance, was] of running) {
    const is = lifeOf(after).get(instance);
    if (is !== was)
      run.violation(`kill -9 of the orchestrator alone: ${instance} was ${was}, is ${is}`);
  }
  const { adopted } = after.orchestrator;
  if (adopted !== running.size) run.violation(`adopted ${adopted} of ${running.size}`);
}

/** A module that stands still or has an order to read still looks well, and will end. */
function isOneToCome({ faults, ground }: ChaosRun): boolean {
  const now = bootSeconds();
  const last = lastLives(ground.folder);
  return faults
    .filter(({ seconds, done }) => done && now - seconds < FAULT_SEEN_SECONDS)
    .some(({ kind, target, seconds }) => {
      const life = last.get(target ?? "");
      return ENDS_A_LIFE.test(kind) && life !== undefined && life.seconds < seconds;
    });
}

function lifeOf({ modules }: SystemStatusReport): ReadonlyMap<string, string> {
  return new Map(
    modules
      .filter(({ state }) => state === "running" || state === "paused")
      .map(({ id, pid, incarnation }) => [id, `incarnation ${incarnation}, pid ${pid}`]),
  );
}

/** Everything that is wanted runs, and has run for a moment; `null` when that does not come. */
export async function untilSteady(
  run: ChaosRun,
  limitMs: number,
): Promise<SystemStatusReport | null> {
  let found: SystemStatusReport | null = null;
  await eventually(
    async () => {
      const report = await run.ground.status();
      const isUp = report !== null && report.modules.length > 0 && unsteady(report).length === 0;
      const daemon = run.ground.daemon();
      found = isUp && daemon !== null && lives(daemon) ? report : null;
      return found !== null;
    },
    limitMs,
    500,
  );
  return found;
}

/** What is wanted and not there, in words. */
export function unsteady({ modules }: SystemStatusReport): readonly string[] {
  return modules
    .filter(({ desired, state, health }) =>
      desired === "up" ? state !== "running" || health === "unhealthy" : state !== "stopped",
    )
    .map(
      ({ id, desired, state, health, waitingFor, failure }) =>
        `${id} is ${state} (${health}, wanted ${desired}` +
        `${waitingFor.length > 0 ? `, waits for ${waitingFor.join(", ")}` : ""})` +
        `${failure === null ? "" : `: ${failure.message}`}`,
    );
}
