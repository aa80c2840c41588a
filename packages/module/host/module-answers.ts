// module-answers.ts: how a running module answers what it is told, one answer for each question.
import type { HealthIssue, JsonObject, ModuleMessage } from "@skelly-jelly/contract";
import type { HealthAnswer, ModuleDefinition } from "../define-module.ts";
import { checkConfig } from "./config-check.ts";
import type { ContextReins } from "./module-context.ts";
import { messageOf } from "./module-log.ts";

export type Self = { readonly definition: ModuleDefinition; readonly reins: ContextReins };

type Answer<T extends ModuleMessage["type"]> = Extract<ModuleMessage, { type: T }>;

/** Phase one: would it take this configuration? Changes nothing. */
export async function prepareConfig(
  { definition }: Self,
  version: number,
  config: JsonObject,
): Promise<Answer<"config-answer">> {
  const answer = { type: "config-answer", version, phase: "prepare" } as const;
  const checked = await checkConfig(definition.config, config);
  if (!checked.ok) return { ...answer, outcome: "refused", message: checked.message };
  return { ...answer, outcome: definition.reconfigure ? "accepted" : "restart-needed" };
}

/** Phase two. Whatever goes wrong, the old configuration stays in force. */
export async function commitConfig(
  { definition, reins }: Self,
  version: number,
  config: JsonObject,
): Promise<Answer<"config-answer">> {
  const answer = { type: "config-answer", version, phase: "commit" } as const;
  if (version === reins.now.configVersion) return { ...answer, outcome: "applied" };
  const checked = await checkConfig(definition.config, config);
  if (!checked.ok) return { ...answer, outcome: "refused", message: checked.message };
  try {
    const outcome = (await definition.reconfigure?.(reins.ctx, checked.value)) ?? "restart-needed";
    if (outcome === "applied") {
      reins.now.config = checked.value;
      reins.now.configVersion = version;
    }
    return { ...answer, outcome };
  } catch (error) {
    return { ...answer, outcome: "refused", message: messageOf(error) };
  }
}

export async function changeLevel(
  { definition, reins: { ctx, now } }: Self,
  level: string,
): Promise<Answer<"level-answer">> {
  const levels = definition.levels ?? {};
  if (level === now.level) return { type: "level-answer", level, ok: true };
  if (level !== "full" && !Object.hasOwn(levels, level)) {
    const known = ["full", ...Object.keys(levels)].join(", ");
    const message = `it has no level '${level}' (it has: ${known})`;
    return { type: "level-answer", level, ok: false, message };
  }
  try {
    await levels[now.level]?.leave?.(ctx);
    now.level = "full";
    await levels[level]?.enter?.(ctx);
    now.level = level;
    return { type: "level-answer", level, ok: true };
  } catch (error) {
    return { type: "level-answer", level, ok: false, message: messageOf(error) };
  }
}

/** `paused: false` also when nothing in the module heeds pausing; the orchestrator may then freeze it. */
export async function pauseModule(self: Self, paused: boolean): Promise<Answer<"pause-answer">> {
  const { definition, reins } = self;
  if (paused !== reins.now.paused) {
    reins.now.paused = paused;
    reins.schedule.hold(paused);
    try {
      await (paused ? definition.pause : definition.resume)?.(reins.ctx);
    } catch (error) {
      reins.ctx.log.error(paused ? "pause() failed" : "resume() failed", { error });
      reins.now.paused = !paused;
      reins.schedule.hold(!paused);
      return { type: "pause-answer", paused: !paused };
    }
  }
  const heeded = definition.pause !== undefined || reins.heeds.pause;
  return { type: "pause-answer", paused: paused && heeded };
}

export function throttleModule(
  { reins }: Self,
  frequencyFactor: number,
  concurrencyMax: number | null,
): Answer<"throttle-answer"> {
  reins.now.frequencyFactor = frequencyFactor;
  reins.now.concurrencyMax = concurrencyMax;
  reins.schedule.setFactor(frequencyFactor);
  return { type: "throttle-answer", applied: reins.heeds.throttle };
}

export async function resetModule({ definition, reins }: Self): Promise<Answer<"reset-answer">> {
  if (definition.reset === undefined) {
    return { type: "reset-answer", ok: false, message: "it has no reset()" };
  }
  try {
    await definition.reset(reins.ctx);
    return { type: "reset-answer", ok: true };
  } catch (error) {
    return { type: "reset-answer", ok: false, message: messageOf(error) };
  }
}

/** Never rejects: a health() that throws is an unhealthy module. */
export async function askHealth({ definition, reins }: Self): Promise<Answer<"health">> {
  try {
    return readHealth((await definition.health?.(reins.ctx)) ?? {});
  } catch (error) {
    const issues: HealthIssue[] = [{ severity: "high", message: messageOf(error) }];
    return { type: "health", check: null, status: "unhealthy", issues, numbers: {} };
  }
}

function readHealth({ status, issues = [], ...rest }: HealthAnswer): Answer<"health"> {
  const found: HealthIssue[] = [...issues];
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === "number" && Number.isFinite(value)) numbers[name] = value;
    else if (value !== undefined) {
      found.push({ severity: "low", message: `its health number '${name}' is not a number` });
    }
  }
  const judged = status ?? (issues.length === 0 ? "healthy" : "degraded");
  return { type: "health", check: null, status: judged, issues: found, numbers };
}
