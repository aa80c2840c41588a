// openai-provider.ts: any server with the chat-completions interface, local or hosted; streamed, timed, bounded.
import { readFile } from "node:fs/promises";
import type { GamificationIntervention } from "@skelly-jelly/events";
import type { Endpoint } from "./ai-config.ts";
import { isLoopback } from "./ai-config.ts";
import { mask } from "./mask.ts";
import type { Provider, ProviderAnswer } from "./provider.ts";
import { lengthOf } from "./templates.ts";

const ANSWER_MAX_BYTES = 64 * 1024;
const TEXT_MAX = 2000;

export type OpenAiPorts = {
  readonly fetch: typeof globalThis.fetch;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

export function openAiProvider(endpoint: Endpoint, ports: OpenAiPorts): Provider {
  return {
    name: "openai-compatible",
    async ask(intervention, signal) {
      if (!isLoopback(endpoint.baseUrl) && !endpoint.consent) {
        return { ok: false, reason: "there is no consent to send anything to another machine" };
      }
      const limit = AbortSignal.any([signal, AbortSignal.timeout(endpoint.timeoutMs)]);
      try {
        return await ask(endpoint, ports, intervention, limit);
      } catch (error) {
        return { ok: false, reason: reasonOf(error, endpoint) };
      }
    },
  };
}

async function ask(
  endpoint: Endpoint,
  ports: OpenAiPorts,
  intervention: GamificationIntervention,
  signal: AbortSignal,
): Promise<ProviderAnswer> {
  const key = await keyOf(endpoint.apiKey, ports);
  const messages = promptFor(intervention);
  const response = await ports.fetch(`${endpoint.baseUrl.replace(/\/+$/, "")}/chat/completions`, {
    method: "POST",
    // Consent was given for one address: it is not carried on to where that one points.
    redirect: "error",
    signal,
    headers: {
      "content-type": "application/json",
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({
      model: endpoint.model,
      messages,
      max_tokens: endpoint.tokensMax,
      temperature: endpoint.temperature,
      stream: true,
    }),
  });
  if (!response.ok) {
    await response.body?.cancel();
    return { ok: false, reason: `the server answered ${response.status}` };
  }
  const streams = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
  const body = await readText(response);
  const text = (streams ? textOfStream(body) : textOfAnswer(body)).slice(0, TEXT_MAX).trim();
  if (text === "") return { ok: false, reason: "the server's answer held no text" };
  // What servers count differently is reckoned the same way for all: four characters a token.
  const sent = messages.reduce((sum, { content }) => sum + content.length, 0);
  const tokens = Math.ceil((sent + text.length) / 4);
  return { ok: true, words: { text, model: endpoint.model, templateId: null, tokens } };
}

/** What is sent: kinds, states and lengths. No title, no application's name, no text of the user's. */
export function promptFor(
  intervention: GamificationIntervention,
): readonly { readonly role: "system" | "user"; readonly content: string }[] {
  const { context } = intervention;
  const facts = {
    purpose: PURPOSE[intervention.type],
    state: intervention.state,
    inThisStateFor: lengthOf(context.stateDurationMs),
    focusToday: lengthOf(context.focusMsToday),
    shareOfSessionFocused: `${Math.round(context.productiveTimeRatio * 100)} %`,
    kindOfWork: context.workCategory ?? "unknown",
    milestone: context.milestone ?? "none",
  };
  return [
    { role: "system", content: SYSTEM },
    { role: "user", content: mask(JSON.stringify(facts)).text },
  ];
}

const SYSTEM =
  "You are the voice of a small skeleton on the desk of an adult with ADHD who knows their trade. " +
  "Answer with one message of at most 20 words, plain text, no quotes, no emoji. " +
  "Speak as an equal: dry, warm, concrete. Use only the numbers you are given. " +
  "No praise without a fact, no reassurance, no advice that begins with 'you should', " +
  "no 'just' or 'simply', never tell them to focus. A question they can answer is best.";

const PURPOSE: Record<GamificationIntervention["type"], string> = {
  recovery_support: "help them choose one thing to return to",
  gentle_nudge: "ask whether they are where they want to be",
  break_suggestion: "in at most 8 words, suggest water or a stretch",
  gentle_encouragement: "name what was done today",
  milestone_celebration: "state the milestone plainly",
};

async function keyOf(reference: string | null, ports: OpenAiPorts): Promise<string | null> {
  if (reference === null) return null;
  const [, kind, name = ""] = /^(env|file):(.+)$/s.exec(reference) ?? [];
  // The orchestrator may have resolved the reference already.
  if (kind === undefined) return reference;
  if (kind === "file") return (await readFile(name, "utf8")).trim();
  const value = ports.environment[name];
  if (value === undefined || value === "") throw new Error(`the variable ${name} is not set`);
  return value;
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    // Leaving the loop cancels the rest.
    if (bytes > ANSWER_MAX_BYTES)
      throw new Error(`the answer is longer than ${ANSWER_MAX_BYTES} bytes`);
    text += decoder.decode(part, { stream: true });
    if (/^data: ?\[DONE\]/m.test(text.slice(-64))) break;
  }
  return text;
}

export function textOfStream(body: string): string {
  return body
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trim())
    .filter((data) => data !== "" && data !== "[DONE]")
    .map((data) => contentOf(JSON.parse(data)?.choices?.[0]?.delta?.content))
    .join("");
}

function textOfAnswer(body: string): string {
  return contentOf(JSON.parse(body)?.choices?.[0]?.message?.content);
}

const contentOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Never the key, and never more of a server's words than what kind of failure it was. */
function reasonOf(error: unknown, endpoint: Endpoint): string {
  if (error instanceof Error && error.name === "TimeoutError") {
    return `the server did not answer within ${endpoint.timeoutMs} ms`;
  }
  if (error instanceof SyntaxError) return "the server's answer is not in the expected form";
  const cause =
    error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  if (typeof cause?.code === "string") return `the server is not reachable (${cause.code})`;
  return error instanceof Error ? mask(error.message).text.slice(0, 200) : "unknown failure";
}
