// x11-window.ts: which application is in front, and for how long. Titles only when the user turned
// them on.
import { categoryOf, isIgnored, maskTitle } from "../privacy.ts";
import type { Gate, Sink, Source } from "../source.ts";
import type { Following } from "./command.ts";
import { ask, displayWith, follow } from "./command.ts";

export type X11WindowOptions = {
  readonly titles: boolean;
  readonly ignoredApps: readonly string[];
  readonly gate: Gate;
  nowMs(): number;
  onNote(message: string): void;
};

const APP_MAX = 64;
const NOBODY = "0x0";
/** A follower that ended is begun anew this much later. */
const FOLLOW_AGAIN_MS = 10_000;

/** `WM_CLASS(STRING) = "Navigator", "firefox"` -> `firefox`. */
export const parseApp = (printed: string): string | null =>
  /WM_CLASS\([^)]*\) = "(?:[^"\\]|\\.)*", "((?:[^"\\]|\\.)*)"/
    .exec(printed)?.[1]
    ?.toLowerCase()
    .slice(0, APP_MAX) ?? null;

export const parseTitle = (printed: string): string | null =>
  /_NET_WM_NAME\([^)]*\) = "((?:[^"\\]|\\.)*)"/.exec(printed)?.[1]?.replace(/\\(.)/g, "$1") ?? null;

export const parseActive = (line: string): string | null =>
  /_NET_ACTIVE_WINDOW.*# (0x[0-9a-f]+)/.exec(line)?.[1] ?? null;

export function createX11Window(options: X11WindowOptions): Source {
  let sink: Sink | null = null;
  let following: Following | null = null;
  let current: { readonly window: string; readonly app: string; readonly sinceMs: number } | null =
    null;
  let latest: string | null = null;

  async function onActive(window: string): Promise<void> {
    latest = window;
    // Until it is known who is in front, nothing of the keyboard is taken.
    options.gate.open = false;
    const names = options.titles ? ["WM_CLASS", "_NET_WM_NAME"] : ["WM_CLASS"];
    const printed = window === NOBODY ? "" : await ask("xprop", ["-id", window, ...names]);
    if (latest !== window || sink === null) return;
    const app = parseApp(printed ?? "");
    // Between two windows, or one that is gone already: whoever it is, it may be an ignored one.
    if (app === null) return;
    const ignored = isIgnored(app, options.ignoredApps);
    options.gate.open = !ignored;
    const nowMs = options.nowMs();
    if (ignored) {
      current = null;
      return;
    }
    if (current?.window === window) return;
    const title = options.titles ? parseTitle(printed ?? "") : null;
    sink.emit({
      kind: "window",
      app,
      category: categoryOf(app),
      previousFocusMs: current === null ? null : nowMs - current.sinceMs,
      title: title === null ? null : maskTitle(title),
    });
    current = { window, app, sinceMs: nowMs };
  }

  function followActive(): void {
    following = follow("xprop", ["-root", "-spy", "_NET_ACTIVE_WINDOW"], {
      onLine(line) {
        const window = parseActive(line);
        if (window !== null && window !== latest) void onActive(window);
      },
      onEnd(why) {
        options.gate.open = false;
        latest = null;
        following = null;
        options.onNote(`the window in front is not known any more: ${why}`);
      },
    });
  }

  return {
    id: "x11-window",
    everyMs: FOLLOW_AGAIN_MS,
    async available() {
      const found = await displayWith("xprop", "x11-utils", ["-root", "_NET_SUPPORTED"]);
      if (!found.ok) return found;
      const printed = (await ask("xprop", ["-root", "_NET_SUPPORTED"])) ?? "";
      return !printed.includes("_NET_ACTIVE_WINDOW")
        ? { ok: false, reason: "no window manager tells which window is in front" }
        : found;
    },
    start(into) {
      sink = into;
      followActive();
    },
    async stop() {
      sink = null;
      await following?.stop();
      following = null;
    },
    sample() {
      if (sink !== null && following === null) followActive();
    },
  };
}
