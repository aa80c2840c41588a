// badges.tsx: a module's state and health in one small mark: a shape, a colour and a word.
import type { ModuleStatus } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { SYMBOL, toneOf } from "./format.ts";

type Shown = Pick<ModuleStatus, "state" | "health">;

export const StateMark = ({ state, health }: Shown): ComponentChild => (
  <span class={`mark ${toneOf(state, health)}`} aria-hidden="true">
    {SYMBOL[state]}
  </span>
);

export const StateWord = ({ state, health }: Shown): ComponentChild => (
  <span class={`word ${toneOf(state, health)}`}>
    <StateMark state={state} health={health} />
    {state}
  </span>
);

export function HealthWord({ health }: Pick<ModuleStatus, "health">): ComponentChild {
  const tone = { healthy: "good", degraded: "warn", unhealthy: "bad", unknown: "quiet" }[health];
  return <span class={`word ${tone}`}>{health}</span>;
}
