// status.test.ts: the status table and what stands below it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleStatus, NOW, plainLook, statusReport } from "../testing/looks.ts";
import { paint } from "./paint.ts";
import { renderStatus } from "./status.ts";
import { symbols } from "./symbols.ts";
import { widthOf } from "./width.ts";

const QUIET = { cpuPercent: null, memoryBytes: null, fileHandles: null, threads: null };

const troubled = statusReport(
  [
    moduleStatus({ id: "database" }),
    moduleStatus({
      id: "search",
      health: "degraded",
      level: "reduced",
      issues: [{ severity: "medium", message: "queue is long" }],
    }),
    moduleStatus({
      id: "api",
      state: "backing-off",
      health: "unknown",
      restarts: 2,
      pid: null,
      usage: QUIET,
      failure: {
        code: "EXITED",
        kind: "startup",
        message: "'api' exited with code 1. Read `skelly logs api`.",
      },
      nextAttemptAt: new Date(NOW + 3_400).toISOString(),
    }),
    moduleStatus({
      id: "web",
      state: "waiting",
      pid: null,
      usage: QUIET,
      waitingFor: ["api"],
      health: "unknown",
    }),
  ],
  { status: "degraded", reasons: ["api is backing off"] },
);

test("a system in trouble: the table first, then why and what comes next", () => {
  assert.equal(
    renderStatus(troubled, NOW, plainLook()).join("\n"),
    `▲ shop  degraded  up 3m 12s · 4 modules
  └ api is backing off

MODULE      STATE              HEALTH    UPTIME  RESTARTS   PID   CPU      MEM
● database  running            healthy   3m 12s         0  4711  0.4%  12.3 MB
▲ search    running (reduced)  degraded  3m 12s         0  4711  0.4%  12.3 MB
↻ api       backing-off        –              –         2     –     –        –
◌ web       waiting            –              –         0     –     –        –

▲ search: medium: queue is long
↻ api: 'api' exited with code 1. Read \`skelly logs api\`.
  next attempt in 3.4s
◌ web: waiting for api`,
  );
});

test("a narrow terminal cuts the table and wraps the reasons; nothing is wider than it", () => {
  const lines = renderStatus(troubled, NOW, plainLook(40));
  for (const line of lines) assert.ok(widthOf(line) <= 40, line);
  assert.match(lines[3] ?? "", /…$/);
});

test("without UTF-8 there is not one letter beyond ASCII", () => {
  const look = { paint: paint(false), symbols: symbols(false), width: 80 };
  assert.match(renderStatus(troubled, NOW, look).join("\n"), /^[\n -~]*$/);
});

test("what a module says of itself cannot move the cursor", () => {
  const issues = [
    { severity: "high" as const, message: "bad\u001b[2J\u001b]0;title\u0007 news\r\n" },
  ];
  const report = statusReport([moduleStatus({ id: "a", health: "unhealthy", issues })]);
  assert.equal(renderStatus(report, NOW, plainLook()).at(-1), "▲ a: high: bad news");
});
