// why-world.ts: asks `why` of a world made of glass, as the command asks it of a daemon.
import { module } from "../../orchestrator/testkit/descriptors.ts";
import type { World } from "../../orchestrator/testkit/world.ts";
import { explain } from "../why/explain.ts";
import type { Explanation } from "../why/explanation.ts";
import { momentOf } from "../why/moment.ts";

/** Clock times in the answers are this zone's. */
process.env["TZ"] = "UTC";

export const edgesOf = ({ orchestrator }: World) =>
  new Map(orchestrator.descriptor.modules.map((m) => [m.id, m.dependsOn.map(({ on }) => on)]));

/** The world's clock begins at midnight. */
export function why(world: World, about: string, at?: string): Explanation {
  const nowMs = world.clock.wallMs();
  const moment = at === undefined ? null : momentOf(at, nowMs);
  const question = { about, at: moment, nowMs, edges: edgesOf(world) };
  return explain(world.orchestrator.status(true), world.events, question);
}

export const facts = ({ chain }: Explanation): string[] =>
  chain.map(({ module, fact, because }) =>
    [`${module ?? "-"} ${fact}`, ...(because === null ? [] : [because])].join(" <- "),
  );

export async function kill(world: World, id: string, thenMs = 2000): Promise<void> {
  world.runner.alive(id)?.end(null, "SIGKILL");
  await world.clock.advance(thenMs);
}

export async function done<T>(world: World, work: Promise<T>, ms = 500): Promise<void> {
  const settled = work.catch(() => {});
  await world.clock.advance(ms);
  await settled;
}

export const shop = () => [module("storage"), module("api", { dependsOn: ["storage"] })];
