// profile.test.ts: what a chosen profile changes, and where its mistakes are placed.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SystemDescriptor } from "../descriptor.ts";
import { fakeMachine } from "./fake-machine.ts";
import { resolveSystem } from "./resolve-system.ts";
import type { SystemConfig } from "./system-config.ts";

const machine = fakeMachine({
  "/system/api/main.ts": "",
});

function resolved(raw: SystemConfig, options: object = {}): SystemDescriptor {
  const { system, problems } = resolveSystem(raw, {
    directory: "/system",
    machine,
    env: { PATH: "/bin" },
    ...options,
  });
  assert.deepEqual(problems, []);
  assert.ok(system);
  return system;
}

const layered: SystemConfig = {
  orchestrator: { startupTimeout: "50s", shutdownTimeout: "40s" },
  modules: {
    it: {
      entry: "api/main.ts",
      env: { A: "1", B: "1" },
      ready: { tcp: 80 },
      config: { ready: { a: 1 } },
    },
    mock: { command: ["sleep", 1], profiles: ["dev"] },
  },
  profiles: {
    dev: {
      orchestrator: { startupTimeout: "9s" },
      modules: {
        it: {
          command: ["node", "it.js"],
          env: { B: "2" },
          ready: { log: "up" },
          config: { ready: { b: 1 } },
        },
        extra: { command: ["sleep", 2], dependsOn: ["mock"] },
      },
    },
  },
};

test("a profile is laid over the file key by key, and brings its own modules", () => {
  const plain = resolved(layered);
  assert.deepEqual(
    plain.modules.map(({ id }) => id),
    ["it"],
  );
  const dev = resolved(layered, { profile: "dev" });
  assert.deepEqual(
    dev.modules.map(({ id }) => id),
    ["it", "mock", "extra"],
  );
  assert.equal(dev.orchestrator.startupTimeoutMs, 9000);
  assert.equal(dev.orchestrator.shutdownTimeoutMs, 40_000);
  const [it] = dev.modules;
  assert.deepEqual(it?.run, { kind: "command", argv: ["node", "it.js"] });
  assert.deepEqual(it?.env, { A: "1", B: "2" });
  assert.deepEqual(it?.ready?.ask, { kind: "log", pattern: "up" });
  assert.deepEqual(it?.config, { ready: { a: 1, b: 1 } });
});

test("a problem that a profile brings is placed in the profile", () => {
  const bad = { ...layered, profiles: { dev: { modules: { it: { dependsOn: ["mokc"] } } } } };
  const { problems } = resolveSystem(bad, { directory: "/system", machine, profile: "dev" });
  assert.deepEqual(
    problems.map(({ path, suggestion }) => [path, suggestion]),
    [["profiles.dev.modules.it.dependsOn[0]", "did you mean 'mock'?"]],
  );
});

test("a dependency outside the chosen profile says where it is, an unknown profile the nearest", () => {
  const says = (raw: SystemConfig, profile: string | null) =>
    resolveSystem(raw, { directory: "/system", machine, profile }).problems.map(
      ({ message, suggestion }) => `${message}; ${suggestion}`,
    );
  const needs = {
    ...layered,
    modules: { ...layered.modules, it: { command: ["sleep"], dependsOn: ["mock"] } },
  };
  assert.deepEqual(says(needs, null), [
    "'it' depends on 'mock', which takes part only in the profile 'dev'; null",
  ]);
  assert.match(says(layered, "dve")[0] ?? "", /there is no profile 'dve'; did you mean 'dev'\?/);
});
