// express.ts: from words to the message and the command that shows it. Pure.
import type {
  AiMessage,
  Animation,
  Expression,
  FigurineCommand,
  GamificationIntervention,
  InterventionType,
  MessageStyle,
  Mood,
  State,
} from "@skelly-jelly/events";
import { wordCount } from "./approve.ts";

type Manner = {
  readonly style: MessageStyle;
  readonly animation: Animation;
  readonly expression: Expression;
  readonly mood: Mood;
  readonly priority: number;
};

// biome-ignore format: a table is read by column
const MANNERS: Record<InterventionType, Manner> = {
  recovery_support:      { style: "gentle",      animation: "encouraging",       expression: "happy",   mood: "thinking",    priority: 3 },
  gentle_nudge:          { style: "gentle",      animation: "gentle_wave",       expression: "neutral", mood: "happy",       priority: 3 },
  break_suggestion:      { style: "normal",      animation: "stretching",        expression: "neutral", mood: "happy",       priority: 3 },
  gentle_encouragement:  { style: "encouraging", animation: "encouraging",       expression: "happy",   mood: "happy",       priority: 2 },
  milestone_celebration: { style: "celebratory", animation: "celebration_dance", expression: "excited", mood: "celebrating", priority: 2 },
};

// biome-ignore format: a table is read by column
const GLOWS: Record<State, FigurineCommand["glow"]> = {
  flow:          { color: "teal",   intensityRatio: 0.7, pulseHz: 0.3 },
  hyperfocus:    { color: "orange", intensityRatio: 0.9, pulseHz: 0.1 },
  distracted:    { color: "amber",  intensityRatio: 0.5, pulseHz: 0.2 },
  transitioning: { color: "violet", intensityRatio: 0.5, pulseHz: 0.25 },
  neutral:       { color: "sky",    intensityRatio: 0.5, pulseHz: 0.2 },
  idle:          { color: "slate",  intensityRatio: 0.3, pulseHz: 0.1 },
};

export type Said = {
  readonly text: string;
  readonly provider: string;
  readonly model: string | null;
  readonly fallbackReason: string | null;
  readonly tookMs: number;
  readonly rewrittenCount: number;
  readonly saidAtMs: number;
  readonly messageId: string;
  readonly commandId: string;
};

export function messageOf(intervention: GamificationIntervention, said: Said): AiMessage {
  const { style, animation, expression } = MANNERS[intervention.type];
  const { text, provider, model, fallbackReason, tookMs, rewrittenCount } = said;
  return {
    messageId: said.messageId,
    interventionId: intervention.interventionId,
    ...originOf(intervention),
    saidAtMs: said.saidAtMs,
    text,
    style,
    animation,
    expression,
    provider,
    model,
    fallbackReason: fallbackReason?.slice(0, 400) ?? null,
    tookMs,
    rewrittenCount,
  };
}

export function commandOf(intervention: GamificationIntervention, said: Said): FigurineCommand {
  const { style, animation, expression, mood, priority } = MANNERS[intervention.type];
  const durationMs = readingMs(said.text);
  const { distractionSeverityRatio } = intervention.context;
  return {
    commandId: said.commandId,
    ...originOf(intervention),
    interventionId: intervention.interventionId,
    issuedAtMs: said.saidAtMs,
    cause: "message",
    priority: intervention.urgency === "high" ? 4 : priority,
    animation,
    expression,
    mood,
    durationMs,
    loop: false,
    // It pulls itself together to speak, and does not pretend that nothing was.
    meltRatio: Math.min(0.5, 0.05 + distractionSeverityRatio * 0.4),
    energyRatio: 0.8,
    glow: GLOWS[intervention.state],
    message: { messageId: said.messageId, text: said.text, style, durationMs },
    balanceCoins: null,
  };
}

/** Time to notice it, and to read it twice. */
function readingMs(text: string): number {
  return Math.min(15_000, Math.max(7000, 3500 + wordCount(text) * 550));
}

const originOf = (intervention: GamificationIntervention) => ({
  correlationId: intervention.correlationId,
  sessionId: intervention.sessionId,
  windowStartMs: intervention.windowStartMs,
  windowEndMs: intervention.windowEndMs,
});
