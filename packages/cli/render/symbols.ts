// symbols.ts: one sign for each state, with plain ones where the locale is not UTF-8.
import type { LifecycleState } from "@skelly-jelly/contract";

const UNICODE = {
  states: {
    "not-started": "○",
    waiting: "◌",
    starting: "◐",
    running: "●",
    paused: "‖",
    "backing-off": "↻",
    stopping: "◑",
    stopped: "○",
    completed: "✔",
    failed: "✖",
  },
  warning: "▲",
  ok: "✔",
  bad: "✖",
  arrow: "→",
  branch: "└",
  fork: "├",
  dash: "–",
  ellipsis: "…",
  dot: "·",
  bar: "│",
  spinner: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
} as const;

export type Symbols = {
  readonly states: Readonly<Record<LifecycleState, string>>;
  readonly spinner: readonly string[];
} & Readonly<Record<Exclude<keyof typeof UNICODE, "states" | "spinner">, string>>;

const ASCII: Symbols = {
  states: {
    "not-started": "-",
    waiting: ".",
    starting: "~",
    running: "*",
    paused: "=",
    "backing-off": "@",
    stopping: "~",
    stopped: "-",
    completed: "+",
    failed: "x",
  },
  warning: "!",
  ok: "ok",
  bad: "x",
  arrow: "->",
  branch: "`-",
  fork: "|-",
  dash: "-",
  ellipsis: "...",
  dot: "-",
  bar: "|",
  spinner: ["|", "/", "-", "\\"],
};

export const symbols = (utf8: boolean): Symbols => (utf8 ? UNICODE : ASCII);
