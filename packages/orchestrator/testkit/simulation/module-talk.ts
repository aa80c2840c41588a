// module-talk.ts: what one simulated life says and hears: late, twice or not at all, and not always the truth.
import type {
  HealthStatus,
  JsonObject,
  ModuleMessage,
  OrchestratorMessage,
} from "@skelly-jelly/contract";
import type { StartRequest } from "../../ports/module-runner.ts";
import type { Fleet } from "./fleet.ts";
import type { SimulatedLife } from "./simulated-life.ts";
import { chance, type Quirk } from "./story.ts";

export class ModuleTalk {
  readonly #life: SimulatedLife;
  readonly #fleet: Fleet;
  readonly #quirk: Quirk;
  readonly #name: string;
  #messages = 0;
  /** It has found the orchestrator that is in charge, and was told what it should be. */
  greeted = true;
  paused = false;
  level: string;
  config: JsonObject;
  configVersion: number;

  constructor(life: SimulatedLife, fleet: Fleet, quirk: Quirk) {
    this.#life = life;
    this.#fleet = fleet;
    this.#quirk = quirk;
    this.#name = `${life.instance}/${life.incarnation}`;
    const { config, configVersion, level } = life.request.welcome;
    this.config = config;
    this.configVersion = configVersion;
    this.level = level;
  }

  greet(welcome: StartRequest["welcome"]): void {
    this.greeted = true;
    if (this.#speaks()) this.#receive(welcome);
  }

  /** A message from the orchestrator; false when there is no channel. */
  hear(message: OrchestratorMessage): boolean {
    if (message.type === "stop") this.#fleet.watch.stopping(this.#life, "asked");
    if (this.#life.phase !== "living" || !this.greeted || !this.#speaks()) return false;
    this.#pass(() => this.#receive(message));
    return true;
  }

  say(message: ModuleMessage): void {
    if (this.#life.phase !== "living" || !this.greeted || !this.#speaks()) return;
    const { listener } = this.#life;
    // What was on its way when it ended still comes: nobody may take it for its successor's.
    this.#pass(() => {
      if (this.#life.listener === listener) this.#life.tell({ kind: "said", message });
    }, true);
  }

  /** Over the channel: it may be late, come twice, or not at all. */
  #pass(arrive: () => void, outlives = false): void {
    const { clock, story, calm } = this.#fleet;
    const { loses = 0, repeats = 0, delaysMs = 0 } = this.#quirk;
    const nth = ++this.#messages;
    const dice = chance(story.seed, this.#name, nth);
    if (!calm && dice < loses) return;
    const delayMs = calm ? 0 : Math.round(delaysMs * dice);
    const come = (): void => {
      if (outlives || this.#life.phase === "living") arrive();
    };
    clock.after(delayMs, come);
    if (calm || dice < 1 - repeats) return;
    clock.after(delayMs * 2 + 1, come);
  }

  #receive(message: OrchestratorMessage): void {
    switch (message.type) {
      case "stop":
        return this.#life.stop();
      case "check-health":
        return this.#answerCheck(message.check);
      case "configure":
        return this.#answerConfig(message);
      case "welcome":
        this.config = message.config;
        this.configVersion = message.configVersion;
        this.level = message.level;
        this.paused = message.paused;
        return;
      case "set-level":
        this.level = message.level;
        return this.say({ type: "level-answer", level: message.level, ok: true });
      case "pause":
      case "resume":
        this.paused = message.type === "pause";
        return this.say({ type: "pause-answer", paused: this.paused });
      case "reset":
        return this.say({ type: "reset-answer", ok: true });
      default:
        return;
    }
  }

  /** What is wrong with it now. */
  sickness(): "mute" | "late" | HealthStatus {
    const { health, healthFromMs = 0 } = this.#quirk;
    const { clock, calm, story } = this.#fleet;
    if (calm || health === undefined || clock.nowMs() - this.#life.bornMs < healthFromMs) {
      return "healthy";
    }
    if (health !== "flapping") return health;
    return chance(story.seed, this.#name, ++this.#messages) < 0.5 ? "unhealthy" : "healthy";
  }

  #answerCheck(check: number): void {
    const { liveness } = this.#life.request.descriptor;
    const health = this.sickness();
    if (health === "mute") return;
    if (health === "late") {
      const lateMs = (liveness?.timeoutMs ?? 0) + 1;
      this.#fleet.clock.after(lateMs, () => this.#sayHealth(check, "healthy"));
      return;
    }
    this.#sayHealth(check, health);
  }

  #sayHealth(check: number | null, status: HealthStatus): void {
    this.say({ type: "health", check, status, issues: [], numbers: {} });
  }

  sayHealthUnasked(status: HealthStatus): void {
    this.#sayHealth(null, status);
  }

  #answerConfig(message: Extract<OrchestratorMessage, { type: "configure" }>): void {
    const { phase, version, config } = message;
    if (phase === "abort") return;
    const quirk = this.#fleet.calm ? undefined : this.#quirk.config;
    if (quirk === "mute") return;
    const answer = (outcome: "accepted" | "applied" | "refused" | "restart-needed"): void =>
      this.say({ type: "config-answer", version, phase, outcome });
    if (phase === "prepare") return answer(quirk === "refuses" ? "refused" : "accepted");
    if (quirk === "fails-commit") return answer("refused");
    if (quirk === "restart-needed") return answer("restart-needed");
    this.config = config;
    this.configVersion = version;
    answer("applied");
  }

  #speaks(): boolean {
    const { kind } = this.#life.request.descriptor.run;
    return kind === "entry" || kind === "definition";
  }
}
