// main.ts: the gamification module: when to speak, what is earned, how the companion looks meanwhile.
import { randomUUID } from "node:crypto";
import type { SkellyJellyEvents } from "@skelly-jelly/events";
import { check } from "@skelly-jelly/events";
import { defineModule } from "@skelly-jelly/module";
import { localTime } from "./calendar.ts";
import type { Game } from "./game.ts";
import { startGame } from "./game.ts";
import type { GameConfig } from "./game-config.ts";
import { gameConfig } from "./game-config.ts";

let game: Game | null = null;

export default defineModule<GameConfig, SkellyJellyEvents>({
  name: "gamification",
  config: gameConfig,
  async start(ctx) {
    const started = await startGame({
      dataDirectory: ctx.dataDirectory,
      config: () => ctx.config,
      nowMs: Date.now,
      localTime,
      newId: randomUUID,
      publish: (subject, data) => ctx.bus.publish(subject, data as never),
      log: ctx.log,
    });
    game = started;
    for (const subject of ["analysis.state", "figurine.reaction"] as const) {
      ctx.bus.subscribe(subject, (message) => started.take(subject, message.data));
    }
    ctx.bus.subscribe("gamification.progress", (message) => {
      const problems = check("gamification.progress", message.data);
      message.respond(
        problems.length === 0
          ? started.progress()
          : { ok: false, code: "BAD_REQUEST", message: problems[0] ?? "", retry: false },
      );
    });
    const { coins, level, streakDays } = started.progress();
    ctx.log.info("the purse is open", { coins, level, streakDays });
  },
  async stop() {
    await game?.stop();
    game = null;
  },
  health: () => ({ ...game?.numbers() }),
  // Every setting is read at each decision.
  reconfigure: () => "applied",
  reset: () => game?.reset(),
});
