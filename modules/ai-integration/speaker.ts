// speaker.ts: the module's performer: one intervention at a time, the provider first, templates when it fails.
import type {
  AiMessage,
  FigurineCommand,
  FigurineReaction,
  GamificationIntervention,
} from "@skelly-jelly/events";
import { check } from "@skelly-jelly/events";
import type { AiConfig, Expertise } from "./ai-config.ts";
import { EXPERTISES } from "./ai-config.ts";
import type { Approved, Reader } from "./approve.ts";
import { approve } from "./approve.ts";
import type { Trouble } from "./budget.ts";
import { NO_TROUBLE, refusalOf, spend } from "./budget.ts";
import { commandOf, messageOf } from "./express.ts";
import type { Voice } from "./kept-voice.ts";
import { FIRST_VOICE, keepVoice, RECENT_MAX, readVoice, SAID_MAX } from "./kept-voice.ts";
import type { Provider } from "./provider.ts";
import { choicesFor } from "./template-provider.ts";

const WAITING_MAX = 8;
const AVOID_MAX = 100;

export type SpeakerPorts = {
  readonly dataDirectory: string;
  readonly config: () => AiConfig;
  /** The provider in force; `null`: templates alone. */
  readonly provider: () => Provider | null;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly newId: () => string;
  publish(subject: "ai.message", data: AiMessage): void;
  publish(subject: "figurine.command", data: FigurineCommand): void;
  readonly log: {
    debug(text: string, fields?: object): void;
    info(text: string, fields?: object): void;
    warn(text: string, fields?: object): void;
  };
};

export type SpeakerNumbers = {
  readonly messagesSaid: number;
  readonly providerRequests: number;
  readonly providerFailures: number;
  readonly fallbacks: number;
  readonly rewritten: number;
  readonly rejected: number;
  readonly queueDepth: number;
  readonly droppedMessages: number;
  readonly invalidMessages: number;
  readonly keepFailures: number;
  readonly responseTimeMs: number;
  readonly tokensToday: number;
};

export type Speaker = {
  take(subject: string, data: unknown): Promise<void>;
  numbers(): SpeakerNumbers;
  /** Why the provider does not speak just now; `null`: it does, or none is configured. */
  trouble(): string | null;
  reset(): Promise<void>;
  stop(): Promise<void>;
};

type Found = Approved & {
  readonly provider: string;
  readonly model: string | null;
  readonly templateId: string | null;
  readonly fallbackReason: string | null;
};

export async function startSpeaker(ports: SpeakerPorts): Promise<Speaker> {
  const { log } = ports;
  const read = await readVoice(ports.dataDirectory);
  if (read.problem !== null) log.warn(`starts with a fresh memory: ${read.problem}`);
  let voice: Voice = read.voice;
  let trouble: Trouble = NO_TROUBLE;
  let whyNot: string | null = null;
  let line: Promise<void> = Promise.resolve();
  const counts = {
    messagesSaid: 0,
    providerRequests: 0,
    providerFailures: 0,
    fallbacks: 0,
    rewritten: 0,
    rejected: 0,
    queueDepth: 0,
    droppedMessages: 0,
    invalidMessages: 0,
    keepFailures: 0,
    responseTimeMs: 0,
  };

  async function keep(): Promise<void> {
    try {
      await keepVoice(ports.dataDirectory, voice);
    } catch (error) {
      counts.keepFailures++;
      log.warn(`what was said could not be kept: ${String(error)}`);
    }
  }

  const readerOf = (intervention: GamificationIntervention): Reader => ({
    state: intervention.state,
    flowDepthRatio: intervention.context.flowDepthRatio,
    expertise: strictest(ports.config().expertise, voice.stricter),
    charactersMax: ports.config().charactersMax,
  });

  /** What the provider says, if it may be asked, answers in time, and its words pass. */
  async function fromProvider(intervention: GamificationIntervention): Promise<Found | string> {
    const provider = ports.provider();
    const endpoint = ports.config().endpoint;
    if (provider === null || endpoint === null) return "";
    const refusal = refusalOf(endpoint, voice.spent, trouble, ports.nowMs());
    if (refusal !== null) return refusal;
    counts.providerRequests++;
    const answer = await provider.ask(intervention, ports.signal);
    const tokens = answer.ok ? answer.words.tokens : 0;
    voice = { ...voice, spent: spend(voice.spent, tokens, ports.nowMs()) };
    if (!answer.ok) {
      counts.providerFailures++;
      trouble = { failuresInRow: trouble.failuresInRow + 1, lastFailureMs: ports.nowMs() };
      return answer.reason;
    }
    trouble = NO_TROUBLE;
    const verdict = approve(answer.words.text, readerOf(intervention));
    if (!verdict.ok) {
      counts.rejected++;
      return `its words were not passed on: ${verdict.reason}`;
    }
    const { model, templateId } = answer.words;
    return { ...verdict, provider: provider.name, model, templateId, fallbackReason: null };
  }

  function fromTemplates(intervention: GamificationIntervention, reason: string): Found | null {
    const choices = choicesFor(intervention, voice.recent, voice.avoid, ports.config().repeatAfter);
    for (const { template, text } of choices) {
      const verdict = approve(text, readerOf(intervention));
      if (!verdict.ok) continue;
      return {
        ...verdict,
        provider: "templates",
        model: null,
        templateId: template.id,
        fallbackReason: reason === "" ? null : reason,
      };
    }
    return null;
  }

  async function onIntervention(intervention: GamificationIntervention): Promise<void> {
    const began = performance.now();
    const asked = await fromProvider(intervention);
    whyNot = typeof asked === "string" && asked !== "" ? asked : null;
    const found = typeof asked === "string" ? fromTemplates(intervention, asked) : asked;
    if (whyNot !== null) {
      counts.fallbacks++;
      log.warn(`templates speak instead: ${whyNot}`);
    }
    if (found === null) {
      log.warn(`nothing fits ${intervention.type}`, { state: intervention.state });
      return;
    }
    counts.responseTimeMs = Math.round((performance.now() - began) * 1000) / 1000;
    counts.rewritten += found.rewrittenCount;
    say(intervention, found);
    await keep();
  }

  function say(intervention: GamificationIntervention, found: Found): void {
    const said = {
      ...found,
      tookMs: counts.responseTimeMs,
      saidAtMs: ports.nowMs(),
      messageId: ports.newId(),
      commandId: ports.newId(),
    };
    const message = messageOf(intervention, said);
    const command = commandOf(intervention, said);
    const problems = [...check("ai.message", message), ...check("figurine.command", command)];
    if (problems.length > 0) throw new Error(`bug: ${problems.join("; ")}`);
    const { templateId } = found;
    voice = {
      ...voice,
      recent: templateId === null ? voice.recent : [...voice.recent, templateId].slice(-RECENT_MAX),
      said: [...voice.said, { messageId: said.messageId, templateId }].slice(-SAID_MAX),
    };
    counts.messagesSaid++;
    log.info(`says: ${found.text}`, { correlationId: intervention.correlationId });
    ports.publish("ai.message", message);
    ports.publish("figurine.command", command);
  }

  /** Called patronising: never again that template, and a stricter eye on all that follows. */
  async function onReaction({ reaction, messageId }: FigurineReaction): Promise<void> {
    const said = voice.said.find((one) => one.messageId === messageId);
    if (reaction !== "patronising" || said === undefined) return;
    const now = strictest(ports.config().expertise, voice.stricter);
    const step = EXPERTISES[Math.max(0, EXPERTISES.indexOf(now) - 1)] ?? now;
    const avoid = said.templateId === null ? [] : [said.templateId];
    voice = { ...voice, stricter: step, avoid: [...voice.avoid, ...avoid].slice(-AVOID_MAX) };
    await keep();
  }

  const TAKE: Readonly<Record<string, (data: any) => Promise<void>>> = {
    "gamification.intervention": onIntervention,
    "figurine.reaction": onReaction,
  };

  function inLine(work: () => Promise<void>): Promise<void> {
    counts.queueDepth++;
    line = line
      .then(work)
      .catch((error: unknown) => log.warn(`a message was not handled: ${String(error)}`))
      .finally(() => {
        counts.queueDepth--;
      });
    return line;
  }

  return {
    take(subject, data) {
      const problems = check(subject, data);
      const handle = TAKE[subject];
      if (problems.length > 0 || handle === undefined) {
        counts.invalidMessages++;
        log.warn(`not handled: ${problems[0] ?? subject}`);
        return Promise.resolve();
      }
      if (counts.queueDepth >= WAITING_MAX) {
        counts.droppedMessages++;
        return Promise.resolve();
      }
      return inLine(() => handle(data));
    },
    numbers: () => ({ ...counts, tokensToday: voice.spent.tokens }),
    trouble: () => whyNot,
    reset: () =>
      inLine(async () => {
        // Memory of what was liked stays: it is the user's own word.
        voice = {
          ...FIRST_VOICE,
          avoid: voice.avoid,
          stricter: voice.stricter,
          spent: voice.spent,
        };
        trouble = NO_TROUBLE;
        whyNot = null;
        await keep();
      }),
    async stop() {
      await line;
      await keep();
    },
  };
}

/** The list runs from the strictest on. */
function strictest(configured: Expertise, learned: Expertise | null): Expertise {
  if (learned === null) return configured;
  return EXPERTISES.indexOf(learned) < EXPERTISES.indexOf(configured) ? learned : configured;
}
