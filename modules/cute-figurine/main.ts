// main.ts: the cute-figurine module: a page with a melting skeleton that shows how work goes.
import type { SkellyJellyEvents } from "@skelly-jelly/events";
import { defineModule } from "@skelly-jelly/module";
import type { Figurine } from "./figurine.ts";
import { startFigurine } from "./figurine.ts";
import type { FigurineConfig } from "./figurine-config.ts";
import { figurineConfig } from "./figurine-config.ts";

const HEARS = ["figurine.command", "gamification.reward", "analysis.state"] as const;

let figurine: Figurine | null = null;

export default defineModule<FigurineConfig, SkellyJellyEvents>({
  name: "cute-figurine",
  config: figurineConfig,
  async start(ctx) {
    const started = await startFigurine({
      config: ctx.config,
      dataDirectory: ctx.dataDirectory,
      nowMs: Date.now,
      publish: (reaction) => ctx.bus.publish("figurine.reaction", reaction),
      log: ctx.log,
    });
    figurine = started;
    for (const subject of HEARS) {
      ctx.bus.subscribe(subject, (message) => started.take(subject, message.data));
    }
    // The purse as it is now, so that the page need not wait for the next reward.
    ctx.bus.request("gamification.progress", {}, { timeoutMs: 2000 }).then(
      (answer) => started.takeProgress(answer.data),
      (error: unknown) => ctx.log.debug(`the purse is as last seen: ${String(error)}`),
    );
  },
  async stop() {
    await figurine?.stop();
    figurine = null;
  },
  health: () => ({ ...figurine?.numbers() }),
  // A port cannot change under an open page.
  reconfigure: () => "restart-needed",
  reset: () => figurine?.reset(),
});
