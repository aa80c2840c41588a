// x11-input.ts: that keys and the pointer are used, and how fast: classes, distances and timing.
import type { Gate, Sink, Source } from "../source.ts";
import type { Following } from "./command.ts";
import { displayWith, follow } from "./command.ts";
import type { RawInput } from "./xinput-parse.ts";
import { createXinputParser } from "./xinput-parse.ts";

/** A pause longer than this is no interval between keys. */
const INTERVAL_MAX_MS = 10_000;
const MULTI_CLICK_MS = 400;
/** A follower that ended is begun anew this much later. */
const FOLLOW_AGAIN_MS = 10_000;
/** One step of more than this comes from a device that tells places, not ways (a tablet). */
const STEP_MAX_PX = 1000;

export type X11InputOptions = {
  /** Movement is summed up for so long. */
  readonly everyMs: number;
  readonly gate: Gate;
  nowMs(): number;
  onNote(message: string): void;
};

const BUTTONS = ["other", "left", "middle", "right"] as const;

export function createX11Input(options: X11InputOptions): Source {
  let sink: Sink | null = null;
  let following: Following | null = null;
  let lastKeyMs: number | null = null;
  let click = { button: 0, atMs: 0, count: 0 };
  let scrolled = 0;
  let move = { dx: 0, dy: 0, distancePx: 0, fromMs: 0, toMs: 0 };
  let heading: number | null = null;
  let endedAtMs = 0;

  function onKey(keyClass: Extract<RawInput, { type: "key" }>["keyClass"], nowMs: number): void {
    const intervalMs = lastKeyMs === null ? null : nowMs - lastKeyMs;
    lastKeyMs = nowMs;
    const known = intervalMs !== null && intervalMs <= INTERVAL_MAX_MS;
    sink?.emit({ kind: "key", keyClass, intervalMs: known ? intervalMs : null });
  }

  function onButton(button: number, nowMs: number): void {
    if (button >= 4 && button <= 7) {
      scrolled += 1;
      return;
    }
    const again = button === click.button && nowMs - click.atMs < MULTI_CLICK_MS;
    click = { button, atMs: nowMs, count: again ? Math.min(3, click.count + 1) : 1 };
    const name = BUTTONS[button] ?? "other";
    sink?.emit({ kind: "pointer-click", button: name, clickCount: click.count });
  }

  function onMotion(dx: number, dy: number, nowMs: number): void {
    const step = Math.hypot(dx, dy);
    if (step === 0 || step > STEP_MAX_PX) return;
    const fromMs = move.distancePx === 0 ? nowMs : move.fromMs;
    move = {
      dx: move.dx + dx,
      dy: move.dy + dy,
      distancePx: move.distancePx + step,
      fromMs,
      toMs: nowMs,
    };
  }

  function onInput(input: RawInput | null): void {
    if (input === null || !options.gate.open) return;
    const nowMs = options.nowMs();
    if (input.type === "key") onKey(input.keyClass, nowMs);
    else if (input.type === "button") onButton(input.button, nowMs);
    else onMotion(input.dx, input.dy, nowMs);
  }

  function emitMove(): void {
    if (move.distancePx === 0) return;
    const angle = (Math.atan2(move.dy, move.dx) * 180) / Math.PI;
    const turn = heading === null ? null : Math.abs(((angle - heading + 540) % 360) - 180);
    heading = angle;
    sink?.emit({
      kind: "pointer-move",
      distancePx: Math.round(move.distancePx),
      movedForMs: move.toMs - move.fromMs,
      turnDegrees: turn === null ? null : Math.round(turn),
    });
    move = { dx: 0, dy: 0, distancePx: 0, fromMs: 0, toMs: 0 };
  }

  function followInput(): void {
    const parse = createXinputParser();
    following = follow("xinput", ["test-xi2", "--root"], {
      onLine: (line) => onInput(parse(line)),
      onEnd(why) {
        following = null;
        endedAtMs = options.nowMs();
        options.onNote(`keyboard and pointer are not heard any more: ${why}`);
      },
    });
  }

  return {
    id: "x11-input",
    everyMs: options.everyMs,
    async available() {
      // Without the window source nobody could tell whether an ignored application is in front.
      const windows = await displayWith("xprop", "x11-utils", ["-root", "_NET_ACTIVE_WINDOW"]);
      return windows.ok ? displayWith("xinput", "xinput", ["--list", "--short"]) : windows;
    },
    start(into) {
      sink = into;
      followInput();
    },
    async stop() {
      sink = null;
      await following?.stop();
      following = null;
    },
    sample(nowMs) {
      if (sink !== null && following === null && nowMs - endedAtMs > FOLLOW_AGAIN_MS) followInput();
      emitMove();
      if (scrolled > 0) sink?.emit({ kind: "pointer-scroll", stepCount: scrolled });
      scrolled = 0;
    },
  };
}
