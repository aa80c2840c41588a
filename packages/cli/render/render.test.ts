// render.test.ts: the small parts: widths, amounts, tables, events, lists, graphs and health.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SystemEvent } from "@skelly-jelly/contract";
import { applyEvent, type SystemView, viewOfReport } from "../live/system-view.ts";
import { parseLogLine } from "../log-files/log-line.ts";
import { openTerminal, wantsColor } from "../terminal.ts";
import { moduleStatus, NOW, plainLook, statusReport } from "../testing/looks.ts";
import { duration, percent, size } from "./amounts.ts";
import { isNews, isWarning, renderEvent } from "./events.ts";
import { dotGraph, mermaidGraph, renderGraph } from "./graph.ts";
import { renderHealth } from "./health.ts";
import { renderLogLine } from "./log-line.ts";
import { paint } from "./paint.ts";
import { renderProgress } from "./progress.ts";
import { renderStopped } from "./stopped.ts";
import { symbols } from "./symbols.ts";
import { cut, harmless, padEnd, widthOf, wrap } from "./width.ts";

test("times have two parts at most, sizes and shares one", () => {
  const shown = [0, 999, 1_234, 9_960, 59_400, 59_600, 75_000, 3_600_000, 90_000_000].map(duration);
  const expected = ["0ms", "999ms", "1.2s", "10s", "59s", "1m", "1m 15s", "1h", "1d 1h"];
  assert.deepEqual(shown, expected);
  assert.deepEqual(
    [null, 0, 999, 1_000, 12_345_678, 999_900_000].map((bytes) => size(bytes, "–")),
    ["–", "0 B", "999 B", "1.0 kB", "12.3 MB", "1.0 GB"],
  );
  assert.deepEqual(
    [0, 0.44, 100, 250.4].map((value) => percent(value, "–")),
    ["0.0%", "0.4%", "100%", "250%"],
  );
});

test("width counts columns: colours have none, wide letters two, accents none", () => {
  const { red } = paint(true);
  assert.deepEqual([red("ab"), "日本", "e\u0301", "🦴"].map(widthOf), [2, 4, 1, 2]);
  assert.equal(padEnd("日", 4), "日  ");
});

test("cutting leaves room for the ellipsis and closes colours", () => {
  assert.equal(cut("abcdef", 4, "…"), "abc…");
  assert.equal(cut("abcd", 4, "…"), "abcd");
  assert.equal(cut("日本語", 5, "…"), "日本…");
  assert.equal(cut(paint(true).red("abcdef"), 4, "…"), "\u001b[31mabc…\u001b[0m");
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
});

test("output of modules may colour where colours are on, and never moves the cursor", () => {
  const text = "\u001b[32mok\u001b[0m\u001b[5A\u001b]0;x\u0007\tend\r";
  assert.equal(harmless(text, false), "ok\tend");
  assert.equal(harmless(text, true), "\u001b[32mok\u001b[0m\tend\u001b[0m");
});

test("colour: FORCE_COLOR, then NO_COLOR, then the terminal", () => {
  assert.equal(wantsColor(true, {}), true);
  assert.equal(wantsColor(false, {}), false);
  assert.equal(wantsColor(true, { NO_COLOR: "1" }), false);
  assert.equal(wantsColor(true, { TERM: "dumb" }), false);
  assert.equal(wantsColor(false, { NO_COLOR: "1", FORCE_COLOR: "1" }), true);
  assert.equal(wantsColor(true, { FORCE_COLOR: "0" }), false);
  const sink = { write: () => {}, isTTY: true };
  assert.equal(openTerminal(sink, sink, {}, { noColor: true }).paint.on, false);
  assert.equal(openTerminal(sink, sink, { TERM: "dumb" }).isTTY, false);
});

const AT = { seq: 1, timeMs: new Date(2026, 0, 1, 12, 30, 5, 7).getTime() };
const FAILURE = { code: "EXITED", kind: "startup", message: "'api' exited with code 1." } as const;

const failedEvent: SystemEvent = {
  ...AT,
  type: "module-state-changed",
  module: "api",
  incarnation: 2,
  from: "running",
  to: "backing-off",
  cause: "exit",
  failure: FAILURE,
  pid: null,
};

test("an event is one line: when, who, what, why", () => {
  const say = (event: SystemEvent): string | null => renderEvent(event, 8, plainLook());
  assert.equal(
    say(failedEvent),
    "12:30:05.007  api       running → backing-off  'api' exited with code 1.",
  );
  assert.equal(
    say({
      ...AT,
      type: "recovery-step",
      module: "api",
      incarnation: 2,
      strategy: "restart",
      attempt: 2,
      outcome: "started",
      delayMs: 1500,
      failure: FAILURE,
    }),
    "12:30:05.007  api       recovery: restart (attempt 2) in 1.5s",
  );
  assert.equal(
    say({ ...AT, type: "system-status-changed", from: "starting", to: "healthy", reasons: [] }),
    "12:30:05.007  ·         system healthy, was starting",
  );
  const usage = { cpuPercent: 1, memoryBytes: 1, fileHandles: 1, threads: 1 };
  assert.equal(say({ ...AT, type: "usage-read", module: "api", usage }), null);
  assert.equal(isNews(failedEvent) && isWarning(failedEvent), true);
});

function startingView(): SystemView {
  return viewOfReport(
    statusReport([
      moduleStatus({ id: "database", readyMs: 120 }),
      moduleStatus({ id: "api", state: "starting", since: new Date(NOW - 3_200).toISOString() }),
      moduleStatus({ id: "web", state: "waiting", dependsOn: ["database", "api"] }),
    ]),
  );
}

test("the live list says how far each module is, how long, and what it waits for", () => {
  const moment = { now: NOW, beganMs: NOW - 4_000, frame: 0, rows: 24 };
  assert.equal(
    renderProgress(startingView(), "up", moment, plainLook()).join("\n"),
    `⠋ starting shop  1 of 3 up  4.0s
  ● database  running        120ms
  ◐ api       starting        3.2s
  ◌ web       waiting               waits for api`,
  );
});

test("the live list never grows taller than the terminal: what is settled goes first", () => {
  const moment = { now: NOW, beganMs: NOW, frame: 0, rows: 5 };
  const lines = renderProgress(startingView(), "up", moment, plainLook());
  assert.equal(lines.length, 3);
  assert.match(lines.join("\n"), /api[\s\S]*web/);
});

test("a view follows the events, drops what it has seen, and remembers required failures", () => {
  const view = startingView();
  assert.equal(applyEvent(view, failedEvent), true);
  assert.equal(applyEvent(view, failedEvent), false);
  assert.equal(view.modules.get("api")?.state, "backing-off");
  applyEvent(view, { ...failedEvent, seq: 2, from: "backing-off", to: "failed" });
  applyEvent(view, { ...failedEvent, seq: 3, from: "failed", to: "stopped" });
  assert.deepEqual([...view.failedRequired], ["api"]);
});

const GRAPH = {
  name: "shop",
  waves: [["database", "migrate"], ["api"]],
  modules: [
    { id: "database", dependsOn: [], required: true, task: false, state: "running" as const },
    { id: "migrate", dependsOn: [], required: false, task: true, state: null },
    {
      id: "api",
      dependsOn: [
        { on: "database", condition: "healthy", whenDown: "wait", whenDegraded: "ignore" },
        { on: "migrate", condition: "completed", whenDown: "wait", whenDegraded: "ignore" },
      ] as const,
      required: true,
      task: false,
      state: null,
    },
  ],
};

test("the graph is told by waves, and drawn as mermaid and dot", () => {
  assert.equal(
    renderGraph(GRAPH, plainLook()).join("\n"),
    `shop  3 modules, 2 waves
wave 1
├ ● database  running
└ migrate   task, optional
wave 2
└ api       after database, migrate (completed)`,
  );
  assert.deepEqual(mermaidGraph(GRAPH), [
    "graph TD",
    '  m0["database"]',
    '  m1(["migrate"])',
    '  m2["api"]',
    "  m0 --> m2",
    "  m1 -->|completed| m2",
    "  style m0 fill:#c8e6c9",
  ]);
  assert.match(dotGraph(GRAPH).join("\n"), /"migrate" -> "api" \[label="completed"\];/);
});

test("health shows a module's own numbers with their units", () => {
  const metrics = { queueDepth: 3, responseTimeMs: 1200, errorRate: 0.02 };
  const report = statusReport([moduleStatus({ id: "api", metrics })]);
  const lines = renderHealth(report, false, plainLook());
  assert.match(lines[1] ?? "", /12 +3 {2}queueDepth 3 {2}responseTimeMs 1\.2s {2}errorRate 0\.02$/);
});

test("a stop names what had to be killed and what is left", () => {
  const report = { stopped: 3, killed: ["api"], left: [{ module: "disk", pids: [7, 8] }] };
  const [head, killed, left] = renderStopped("shop", report, plainLook());
  assert.equal(head, "✖ shop is down: 3 modules stopped");
  assert.match(killed ?? "", /▲ api did not stop in time and was killed/);
  assert.match(left ?? "", /✖ disk left 7, 8/);
});

test("a log line carries its module, and says when it was read late", () => {
  const line = parseLogLine("api", "2026-01-01T00:00:00.000Z err~ oh \u001b[2Jno");
  assert.ok(line !== null);
  const look = plainLook();
  assert.equal(renderLogLine(line, { nameWidth: 5, times: false }, look), "api   | ~ oh no");
  assert.equal(parseLogLine("api", "half a li"), null);
  assert.equal(symbols(false).states.running, "*");
});
