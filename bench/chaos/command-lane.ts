// command-lane.ts: what a user does meanwhile: commands, and the configuration file written anew.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChaosRun } from "./chaos-run.ts";
import type { Dice } from "./dice.ts";
import { writeConfig } from "./ground.ts";

const EXIT_WRONG_USAGE = 2;

const ACTS = [
  "restart",
  "restart",
  "stop and start",
  "stop",
  "start",
  "config",
  "config",
  "broken config",
  "extra module",
] as const;

export async function command(run: ChaosRun, dice: Dice): Promise<void> {
  const act = dice.pick(ACTS);
  const { id } = dice.pick(run.system.members);
  run.fault(`command: ${act}`, id, true);
  if (act === "restart") await say(run, "restart", id);
  if (act === "stop" || act === "stop and start") {
    run.down.add(id);
    await say(run, "stop", id);
  }
  if (act === "start" || act === "stop and start") {
    const those = act === "start" ? [...run.down] : [id];
    for (const one of those) {
      run.down.delete(one);
      await say(run, "start", one);
    }
  }
  if (act === "config") rewrite(run, id, dice.whole(1, 1_000_000));
  if (act === "broken config") await breakConfig(run);
  if (act === "extra module") toggleExtra(run);
}

/** Whatever comes of it (the orchestrator may die meanwhile), it was understood and it ends. */
async function say(run: ChaosRun, verb: string, id: string): Promise<void> {
  const ended = await run.command([verb, id]);
  if (ended.code === EXIT_WRONG_USAGE) run.violation(`skelly ${verb} ${id}: ${ended.err.trim()}`);
  if (ended.code !== 0) run.note(`skelly ${verb} ended with ${ended.code}`);
}

/** A module with a configuration of its own is told, one without is started anew. */
function rewrite(run: ChaosRun, id: string, value: number): void {
  const { modules } = run.system.config;
  modules[id] = { ...modules[id], config: { folder: run.ground.folder, value } };
  writeConfig(run.ground, run.system.config);
}

async function breakConfig(run: ChaosRun): Promise<void> {
  const path = join(run.ground.folder, "skelly.config.json");
  writeFileSync(path, '{ "name": "chaos", "modules": { "c-00": { "command": ');
  await sleep(300);
  writeConfig(run.ground, run.system.config);
}

function toggleExtra(run: ChaosRun): void {
  const { modules } = run.system.config;
  if (modules["extra"] === undefined) modules["extra"] = { command: ["sleep", "1000000"] };
  else delete modules["extra"];
  writeConfig(run.ground, run.system.config);
}
