// main.ts: the AI module: finds the words for an intervention, and lets nothing through that talks down.
import { randomUUID } from "node:crypto";
import type { SkellyJellyEvents } from "@skelly-jelly/events";
import { defineModule } from "@skelly-jelly/module";
import type { AiConfig } from "./ai-config.ts";
import { aiConfig } from "./ai-config.ts";
import { openAiProvider } from "./openai-provider.ts";
import type { Provider } from "./provider.ts";
import type { Speaker } from "./speaker.ts";
import { startSpeaker } from "./speaker.ts";

let speaker: Speaker | null = null;
let onlyTemplates = false;

/** Made anew for each message: the configuration may have changed in between. */
function providerOf({ provider, endpoint }: AiConfig): Provider | null {
  if (provider !== "openai-compatible" || endpoint === null || onlyTemplates) return null;
  return openAiProvider(endpoint, { fetch: globalThis.fetch, environment: process.env });
}

export default defineModule<AiConfig, SkellyJellyEvents>({
  name: "ai-integration",
  config: aiConfig,
  async start(ctx) {
    const started = await startSpeaker({
      dataDirectory: ctx.dataDirectory,
      config: () => ctx.config,
      provider: () => providerOf(ctx.config),
      signal: ctx.signal,
      nowMs: Date.now,
      newId: randomUUID,
      publish: (subject: "ai.message" | "figurine.command", data: unknown) =>
        ctx.bus.publish(subject, data as never),
      log: ctx.log,
    });
    speaker = started;
    for (const subject of ["gamification.intervention", "figurine.reaction"] as const) {
      ctx.bus.subscribe(subject, (message) => started.take(subject, message.data));
    }
    ctx.log.info(`speaks through ${ctx.config.provider}`);
  },
  async stop() {
    await speaker?.stop();
    speaker = null;
  },
  health() {
    const trouble = speaker?.trouble() ?? null;
    if (trouble === null) return { ...speaker?.numbers() };
    const message = `the provider does not speak, templates do: ${trouble}`;
    return { ...speaker?.numbers(), status: "degraded", issues: [{ severity: "medium", message }] };
  },
  // Every setting is read at each message.
  reconfigure: () => "applied",
  levels: {
    templates: {
      sheds: ["words from a model; templates speak"],
      enter: () => {
        onlyTemplates = true;
      },
      leave: () => {
        onlyTemplates = false;
      },
    },
  },
  reset: () => speaker?.reset(),
});
