// skelly.config.ts: the Skelly-Jelly system: a companion for people with ADHD, as eight modules
// (one is the orchestrator).
import { defineSystem } from "skelly-jelly";

// Entries are what `npm run build` makes of each module's main.ts: they start sooner and cost 35 MB
// less each.

/**
 * These cope by themselves while the other is away: they keep what they have and go on when it is
 * back.
 */
const GOES_ON = { whenDown: "ignore", whenDegraded: "ignore" } as const;
/** Nobody starts before the bus; who has lost it reconnects. */
const BUS = { "event-bus": GOES_ON } as const;

export default defineSystem({
  name: "skelly-jelly",
  modules: {
    "event-bus": {
      entry: "./modules/event-bus/dist/main.mjs",
      hub: true,
      limits: { memory: "200MB" },
    },
    storage: {
      entry: "./modules/storage/dist/main.mjs",
      dependsOn: BUS,
      bus: {
        publish: ["storage.batch"],
        subscribe: ["storage.store", "storage.query", "storage.export", "storage.delete"],
      },
      healthLimits: { errorRate: { warn: 0.2 }, responseTimeMs: { warn: 200 } },
      limits: { memory: "200MB" },
      // A database that nobody can read any more is set aside before people are called.
      recovery: {
        ladder: [
          { restart: { attempts: 3 } },
          { "restart-with-reset": { attempts: 1 } },
          { "degraded-mode": { level: "reduced" } },
          "manual",
        ],
      },
      config: { retention: { rawDays: 7, hourlyDays: 30, dailyDays: 365 } },
    },
    "data-capture": {
      entry: "./modules/data-capture/dist/main.mjs",
      dependsOn: BUS,
      bus: {
        publish: ["capture.raw", "storage.store"],
        // A replay begins when the whole system is healthy.
        subscribe: ["skelly.*.system.*"],
      },
      limits: { memory: "150MB" },
      config: { folders: ["."], titles: false },
    },
    "analysis-engine": {
      entry: "./modules/analysis-engine/dist/main.mjs",
      run: "worker",
      dependsOn: { ...BUS, storage: GOES_ON },
      bus: {
        publish: ["analysis.state"],
        subscribe: [
          "storage.batch",
          "analysis.correction",
          "analysis.explain",
          "figurine.reaction",
        ],
      },
      healthLimits: { responseTimeMs: { warn: 50 } },
      limits: { memory: "100MB" },
    },
    gamification: {
      entry: "./modules/gamification/dist/main.mjs",
      run: "worker",
      dependsOn: { ...BUS, "analysis-engine": GOES_ON },
      bus: {
        publish: ["gamification.intervention", "gamification.reward", "figurine.command"],
        subscribe: ["analysis.state", "ai.message", "figurine.reaction", "gamification.progress"],
      },
      limits: { memory: "100MB" },
    },
    "ai-integration": {
      entry: "./modules/ai-integration/dist/main.mjs",
      run: "worker",
      dependsOn: { ...BUS, gamification: GOES_ON },
      bus: {
        publish: ["ai.message", "figurine.command"],
        subscribe: ["gamification.intervention", "analysis.state", "figurine.reaction"],
      },
      limits: { memory: "100MB" },
    },
    "cute-figurine": {
      entry: "./modules/cute-figurine/dist/main.mjs",
      dependsOn: { ...BUS, "ai-integration": GOES_ON },
      bus: {
        publish: ["figurine.reaction", "gamification.progress"],
        subscribe: ["figurine.command", "gamification.reward", "analysis.state", "ai.message"],
      },
      limits: { memory: "150MB" },
    },
  },
  profiles: {
    // `skelly up --profile demo`: ten minutes of a distracted morning in a minute, instead of this
    // machine.
    demo: {
      modules: {
        "data-capture": {
          config: { replay: { file: "modules/traces/distracted.jsonl", speed: 10 } },
        },
      },
    },
  },
});
