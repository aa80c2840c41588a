// metrics.test.ts: what Prometheus reads: names by convention, one-hot states, histograms.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { failure, type LifecycleState } from "@skelly-jelly/contract";
import { gatewayRig } from "./testing/rig.ts";

const IDS = ["database", "api", "api#2"];

test("every number that the status has is told, with base units", async (t) => {
  const { ask } = await gatewayRig(t, { ids: IDS });
  const { text, headers } = await ask("/metrics");
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  for (const line of [
    "skelly_up 1",
    'skelly_system_status{status="healthy"} 1',
    'skelly_system_status{status="critical"} 0',
    'skelly_module_state{module="api",replica="2",state="running"} 1',
    'skelly_module_state{module="api",replica="2",state="failed"} 0',
    'skelly_module_health{module="database",replica="1",health="healthy"} 1',
    'skelly_module_cpu_ratio{module="database",replica="1"} 0.015',
    'skelly_module_resident_memory_bytes{module="database",replica="1"} 1000000',
    'skelly_module_ready_seconds{module="database",replica="1"} 0.12',
    'skelly_module_restarts_total{module="database",replica="1"} 0',
    'skelly_module_health_number{module="api",replica="1",name="queueDepth"} 4',
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
  // What the machine does not tell is not told as zero.
  assert.doesNotMatch(text, /skelly_module_threads/);
});

test("start and recovery times are histograms", async (t) => {
  const move = (from: LifecycleState, to: LifecycleState, failed = false) =>
    ({
      type: "module-state-changed",
      module: "api",
      incarnation: 1,
      from,
      to,
      cause: "",
      failure: failed ? failure("EXITED", { module: "api", code: 1, signal: null }) : null,
      pid: null,
    }) as const;
  const { ask } = await gatewayRig(t, {
    before: ({ publish }) => {
      publish(move("waiting", "starting"));
      publish(move("starting", "running"));
      publish(move("running", "backing-off", true));
      publish(move("backing-off", "starting", true));
      publish(move("starting", "running"));
    },
  });
  const { text } = await ask("/metrics");
  assert.match(text, /^skelly_module_start_seconds_count\{module="api",replica="1"\} 2$/m);
  assert.match(text, /^skelly_module_start_seconds_bucket\{.*le="\+Inf"\} 2$/m);
  assert.match(text, /^skelly_module_recovery_seconds_count\{module="api",replica="1"\} 1$/m);
  assert.match(text, /^skelly_module_recovery_seconds_sum\{module="api",replica="1"\} 0.002$/m);
});

const promtool = spawnSync("promtool", ["--version"]).error === undefined;

test("promtool has nothing to say", {
  skip: promtool ? false : "promtool is not installed (Debian: prometheus)",
}, async (t) => {
  const { ask } = await gatewayRig(t, { ids: IDS });
  const { text } = await ask("/metrics");
  const { stdout, stderr, status } = spawnSync("promtool", ["check", "metrics"], { input: text });
  assert.equal(`${stdout}${stderr}`, "");
  assert.equal(status, 0);
});
