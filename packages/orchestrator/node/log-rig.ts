// log-rig.ts: for tests: a folder with spools, a log and a collector, put away at the end.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { LogCollectorOptions } from "./log-collection.ts";
import { createLogCollector } from "./log-collector.ts";
import { createSystemClock } from "./system-clock.ts";

const clock = createSystemClock({ keepAlive: true });
const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;

export function place(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "skelly-logs-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const logs = join(directory, "logs");
  const attachment = (incarnation = 1, limits: { maxSizeBytes?: number; keep?: number } = {}) => ({
    instance: "api#1",
    incarnation,
    outPath: join(directory, `${incarnation}.out`),
    errPath: join(directory, `${incarnation}.err`),
    maxSizeBytes: 10_000_000,
    keep: 3,
    ...limits,
  });
  const collector = (options: Partial<LogCollectorOptions> = {}) => {
    const made = createLogCollector({
      directory: logs,
      clock,
      coalesceMs: 1,
      retryMs: 5,
      ...options,
    });
    t.after(() => made.close());
    return made;
  };
  const log = join(logs, "api@1.log");
  /** The log without its times. */
  const lines = (path = log): string[] =>
    readFileSync(path, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => {
        assert.match(line, STAMP);
        return line.replace(STAMP, "");
      });
  const until = async (isSo: () => boolean) => {
    for (let i = 0; i < 2000 && !isSo(); i++) await new Promise((go) => setTimeout(go, 2));
    assert.ok(isSo(), "did not come about within 4 s");
  };
  const untilLines = (count: number) => until(() => existsSync(log) && lines().length >= count);
  return { directory, logs, log, attachment, collector, lines, until, untilLines };
}
