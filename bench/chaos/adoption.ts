// adoption.ts: kill -9 of the orchestrator, and the next one: who lives on, and how long until it has them all.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { eventually, type Ground, send, writeConfig } from "./ground.ts";
import { lives } from "./machine.ts";
import { logFilesOf } from "./system.ts";

export type Adoption = {
  /** From the command to the system running, all adopted. */
  readonly commandMs: number;
  readonly adopted: number;
  readonly restarts: number;
  /** Modules whose process or incarnation is another than before. */
  readonly changed: readonly string[];
};

/** Modules that write a numbered line every 50 ms. */
export function writeWriters(ground: Ground, count: number): void {
  const line = 'i=0; while :; do i=$((i + 1)); echo "line $i"; sleep 0.05; done';
  const modules = Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`m${n}`, { command: ["sh", "-c", line] }]),
  );
  writeConfig(ground, { name: "kill9", modules });
}

/** `awayMs`: how long nobody looks. */
export async function dieAndReturn(ground: Ground, awayMs: number): Promise<Adoption> {
  const before = await statusOf(ground);
  const daemon = ground.daemon();
  if (daemon === null || !send(daemon, "SIGKILL")) throw new Error("there was no orchestrator");
  await eventually(() => !lives(daemon), 5000, 1);
  await sleep(awayMs);
  const up = await ground.skelly(["up", "-d"]);
  if (up.code !== 0) throw new Error(`up -d: ${up.code} ${up.err}`);
  const after = await statusOf(ground);
  const life = ({ modules }: SystemStatusReport, id: string): string => {
    const module = modules.find((each) => each.id === id);
    return `${module?.state} ${module?.pid} ${module?.incarnation}`;
  };
  return {
    commandMs: up.tookMs,
    adopted: after.orchestrator.adopted,
    restarts: after.modules.reduce((sum, { restarts }) => sum + restarts, 0),
    changed: before.modules
      .filter(({ id }) => life(before, id) !== life(after, id))
      .map(({ id }) => `${id}: ${life(before, id)} -> ${life(after, id)}`),
  };
}

/** What is wrong with the numbers in the logs; after `down`. */
export function faultsOfLines(ground: Ground, ids: readonly string[]): readonly string[] {
  return ids.flatMap((id) => {
    const text = logFilesOf(ground.home, id).map((file) => readFileSync(file, "utf8"));
    const numbers = [...text.join("").matchAll(/ line (\d+)$/gm)].map((match) => Number(match[1]));
    const wrong = numbers.findIndex((number, index) => number !== index + 1);
    if (numbers.length === 0) return [`${id} has no lines in ${join(ground.home, "logs")}`];
    return wrong < 0 ? [] : [`${id}: ${numbers[wrong]} where ${wrong + 1} should be`];
  });
}

async function statusOf(ground: Ground): Promise<SystemStatusReport> {
  const report = await ground.status();
  if (report === null) throw new Error(`no status: ${ground.daemonLog().slice(-500)}`);
  return report;
}
