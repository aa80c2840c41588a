// system-config.test.ts: the authoring types and the tables of keys name the same keys. Most of this test is
// done by the compiler: a key that one side lacks does not compile.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MODULE_KEYS } from "./module-keys.ts";
import type {
  BUS_KEYS,
  EDGE_KEYS,
  LIMITS_KEYS,
  LOGS_KEYS,
  NUMBER_LIMIT_KEYS,
  RECOVERY_KEYS,
  STOP_KEYS,
  SUBJECT_RULE_KEYS,
} from "./module-part-keys.ts";
import type { HTTP_KEYS, PROBE_KEYS, READY_KEYS, TCP_KEYS } from "./probe-keys.ts";
import type { DEGRADED_KEYS, RESTART_KEYS, RUNG_KEYS, SYSTEM_RESTART_KEYS } from "./rung-keys.ts";
import type * as config from "./system-config.ts";
import type {
  ORCHESTRATOR_KEYS,
  PROFILE_KEYS,
  SYSTEM_BUS_KEYS,
  SYSTEM_KEYS,
} from "./system-keys.ts";

/** `true`, or the keys that one side lacks. */
type Same<Written, Table> = [
  Exclude<keyof Written, keyof Table>,
  Exclude<keyof Table, keyof Written>,
] extends [never, never]
  ? true
  : {
      missingInTable: Exclude<keyof Written, keyof Table>;
      missingInType: Exclude<keyof Table, keyof Written>;
    };

const kept: readonly [
  Same<Omit<config.SystemConfig, `x-${string}`>, typeof SYSTEM_KEYS>,
  Same<config.OrchestratorConfig, typeof ORCHESTRATOR_KEYS>,
  Same<config.SystemBusConfig, typeof SYSTEM_BUS_KEYS>,
  Same<config.ProfileConfig, typeof PROFILE_KEYS>,
  Same<config.ModuleConfig, typeof MODULE_KEYS>,
  Same<config.EdgeConfig, typeof EDGE_KEYS>,
  Same<config.StopConfig, typeof STOP_KEYS>,
  Same<config.LimitsConfig, typeof LIMITS_KEYS>,
  Same<config.LogsConfig, typeof LOGS_KEYS>,
  Same<config.ModuleBusConfig, typeof BUS_KEYS>,
  Same<config.SubjectRuleConfig, typeof SUBJECT_RULE_KEYS>,
  Same<config.NumberLimitConfig, typeof NUMBER_LIMIT_KEYS>,
  Same<config.RecoveryConfig, typeof RECOVERY_KEYS>,
  Same<config.ReadyConfig, typeof READY_KEYS>,
  Same<config.LivenessConfig, typeof PROBE_KEYS>,
  Same<config.HttpConfig, typeof HTTP_KEYS>,
  Same<config.TcpConfig, typeof TCP_KEYS>,
  Same<config.RungConfig, typeof RUNG_KEYS>,
  Same<config.RestartConfig, typeof RESTART_KEYS>,
  Same<config.DegradedConfig, typeof DEGRADED_KEYS>,
  Same<config.SystemRestartConfig, typeof SYSTEM_RESTART_KEYS>,
] = [
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
];

test("each group of keys has an authoring type with the same keys", () => {
  assert.ok(kept.every((each) => each));
});
