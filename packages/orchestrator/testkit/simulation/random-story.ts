// random-story.ts: one seed -> one story: a system, the oddities of its lives, and what is done to it.
import type { InstanceId, ModuleDescriptor, SystemDescriptor } from "@skelly-jelly/contract";
import { Dice } from "./dice.ts";
import { randomEdges, randomModule, randomSystem } from "./random-system.ts";
import { type Deed, HOST, type Quirk, type Story } from "./story.ts";

/** Lives of one instance that have quirks of their own before they come round again. */
const QUIRKS_EACH = 5;
/** How many deeds there are for so many steps: most steps are the system's own. */
const STEPS_PER_DEED = 25;

/** Never below this: a story needs a few deeds to be one. */
const DEEDS_MIN = 4;

export function randomStory(seed: number, steps: number): Story {
  const dice = new Dice(seed);
  const system = randomSystem(dice);
  // Some worlds are nearly calm: what is wrong there is not hidden by what else goes wrong.
  const oddity = dice.weighed([
    [1, 0],
    [3, 0.1],
    [4, 0.35],
    [2, 0.8],
  ] as const);
  const deeds = randomDeeds(dice, system, Math.max(DEEDS_MIN, Math.round(steps / STEPS_PER_DEED)));
  const lastMs = deeds.at(-1)?.atMs ?? 0;
  return {
    seed,
    system,
    quirks: randomQuirks(dice, system, oddity),
    deeds,
    faultsUntilMs: lastMs + dice.span(100, 20_000),
  };
}

function randomQuirks(dice: Dice, { modules }: SystemDescriptor, oddity: number): Story["quirks"] {
  const quirks: Record<InstanceId, (Quirk | null)[]> = {};
  for (const instance of modules.flatMap(instancesOf)) {
    quirks[instance] = Array.from({ length: QUIRKS_EACH }, () =>
      dice.likely(oddity) ? randomQuirk(dice) : { readyAfterMs: dice.span(0, 300) },
    );
  }
  return quirks;
}

export const instancesOf = ({
  id,
  instances,
}: Pick<ModuleDescriptor, "id" | "instances">): readonly InstanceId[] =>
  instances === 1 ? [id] : Array.from({ length: instances }, (_, n) => `${id}#${n + 1}`);

function randomQuirk(dice: Dice): Quirk {
  const one = (): Quirk =>
    dice.weighed<() => Quirk>([
      [4, () => ({ endsAfterMs: dice.span(0, 60_000), exit: randomExit(dice) })],
      [2, () => ({ readyAfterMs: "never" })],
      [2, () => ({ readyAfterMs: dice.span(100, 40_000) })],
      [1, () => ({ spawnTakesMs: dice.span(1, 5_000) })],
      [1, () => ({ spawnFails: dice.likely(0.8) ? "retry" : "not-found" })],
      [1, () => ({ startFails: dice.likely(0.8) ? "retry" : "config" })],
      [2, () => ({ stopTakesMs: dice.likely(0.5) ? "never" : dice.span(1, 20_000) })],
      [0.8, () => ({ stopTakesMs: "never", killTakesMs: dice.span(1_000, 20_000) })],
      [0.3, () => ({ leavesStuck: true })],
      [3, () => ({ health: randomSickness(dice), healthFromMs: dice.span(0, 60_000) })],
      [
        2,
        () => ({
          config: dice.one(["refuses", "fails-commit", "restart-needed", "mute"] as const),
        }),
      ],
      [1, () => ({ loses: dice.one([0.05, 0.3, 1]), repeats: dice.one([0, 0.2]) })],
      [1, () => ({ delaysMs: dice.span(1, 8_000), repeats: dice.one([0, 0.2]) })],
    ])();
  return dice.likely(0.3) ? { ...one(), ...one() } : one();
}

const randomExit = (dice: Dice): NonNullable<Quirk["exit"]> =>
  dice.one([0, 1, 1, 3, "SIGSEGV", "SIGKILL", "out-of-memory"] as const);

const randomSickness = (dice: Dice): NonNullable<Quirk["health"]> =>
  dice.one(["mute", "late", "flapping", "unhealthy", "degraded"] as const);

function randomDeeds(dice: Dice, system: SystemDescriptor, count: number): readonly Deed[] {
  const deeds: Deed[] = [{ atMs: 0, do: "start-system" }];
  const modules = [...system.modules];
  let atMs = 0;
  let nth = 0;
  while (deeds.length < count) {
    atMs += dice.weighed<() => number>([
      [3, () => dice.whole(0, 5)],
      [4, () => dice.span(5, 2_000)],
      [3, () => dice.span(2_000, 60_000)],
    ])();
    deeds.push(randomDeed(dice, atMs, modules, ++nth));
    // A stopped system is dull: somebody starts it again, sooner or later.
    if (deeds.at(-1)?.do === "stop-system" && dice.likely(0.9)) {
      atMs += dice.span(0, 90_000);
      deeds.push({ atMs, do: "start-system" });
    }
  }
  return deeds;
}

function randomDeed(dice: Dice, atMs: number, modules: ModuleDescriptor[], nth: number): Deed {
  const any = dice.one(modules);
  const instance = dice.one(instancesOf(any));
  const { id } = any;
  return dice.weighed<() => Deed>([
    [10, () => ({ atMs, do: "end", instance, code: dice.one([0, 1, null]) })],
    [3, () => ({ atMs, do: "complain", instance, severity: dice.one(["low", "high"]) })],
    [
      3,
      () => ({
        atMs,
        do: "say-health",
        instance,
        status: dice.one(["healthy", "degraded", "unhealthy"] as const),
      }),
    ],
    [8, () => ({ atMs, do: dice.one(["start", "stop", "restart", "recover"]), module: id })],
    [4, () => ({ atMs, do: "configure", module: id, config: { size: dice.whole(1, 4) } })],
    [2, () => ({ atMs, do: "stop-system", timeoutMs: dice.span(10, 30_000) })],
    [2, () => ({ atMs, do: "start-system" })],
    [1.5, () => ({ atMs, do: "journal", works: dice.likely(0.6) })],
    [1, () => ({ atMs, do: "jump-wall", ms: dice.whole(-1, 1) * dice.span(1, 90_000_000) })],
    [
      2,
      () => ({
        atMs,
        do: "die",
        touches: dice.likely(0.5) ? 0 : dice.whole(1, 60),
        backAfterMs: dice.span(0, 60_000),
      }),
    ],
    [3, () => systemDeed(dice, atMs, modules, any, nth)],
  ])();
}

function systemDeed(
  dice: Dice,
  atMs: number,
  modules: ModuleDescriptor[],
  any: ModuleDescriptor,
  nth: number,
): Deed {
  const kind = dice.one(["add", "register", "remove", "change", "change"] as const);
  if (kind === "remove" && modules.length > 1 && any.id !== HOST) {
    return { atMs, do: "remove", module: any.id };
  }
  if (kind === "add" || kind === "register") {
    const descriptor = randomModule(dice, `x${nth}`, modules, false);
    modules.push(descriptor);
    return { atMs, do: kind, descriptor };
  }
  return { atMs, do: "change", module: any.id, change: randomChange(dice, modules, any) };
}

function randomChange(
  dice: Dice,
  modules: readonly ModuleDescriptor[],
  any: ModuleDescriptor,
): Partial<ModuleDescriptor> {
  const earlier = modules.slice(0, modules.indexOf(any));
  return dice.weighed<() => Partial<ModuleDescriptor>>([
    [3, () => ({ config: { size: dice.whole(1, 4) } })],
    [2, () => ({ env: { SIZE: String(dice.whole(1, 9)) } })],
    [2, () => ({ required: !any.required })],
    [
      2,
      () =>
        any.runner === "worker" ? { required: true } : { dependsOn: randomEdges(dice, earlier) },
    ],
    [1, () => (any.id === HOST ? { umask: 18 } : { instances: dice.whole(1, 3) })],
    [1, () => ({ startupTimeoutMs: dice.span(200, 30_000) })],
  ])();
}
