// check.test.ts: single mistakes, each with the words and the nearest right thing.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fakeMachine } from "./fake-machine.ts";
import { resolveSystem } from "./resolve-system.ts";

const machine = fakeMachine({ "/system/main.ts": "", "/system/.env": "A=1\nnonsense\n" });

const report = (raw: unknown, profile: string | null = null): readonly string[] =>
  resolveSystem(raw, {
    directory: "/system",
    machine,
    env: { PATH: "/bin" },
    profile,
  }).problems.map(
    ({ severity, path, message, suggestion }) =>
      `${severity === "error" ? "" : "warning "}${path}: ${message}; ${suggestion}`,
  );
const ofModule = (module: object, rest: object = {}): readonly string[] =>
  report({ modules: { api: { command: ["sleep", "9"], ...module }, ...rest } });
const task = { command: ["sleep", "1"], task: true };

/** What is written into the module `api`, the problem's path, and a part of what it says. */
const MODULE_MISTAKES: readonly (readonly [object, string, RegExp])[] = [
  [{ comand: "x" }, "modules.api.comand", /unknown key 'comand'; did you mean 'command'\?/],
  [{ depends_on: [] }, "modules.api.depends_on", /did you mean 'dependsOn'\?/],
  [{ environment: {} }, "modules.api.environment", /here it is called 'env'/],
  [{ shutdownTimeout: 1 }, "modules.api.shutdownTimeout", /here it is called 'stop.timeout'/],
  [{ watch: true }, "modules.api.watch", /'watch' is not built yet/],
  [{ schedule: "@daily" }, "modules.api.schedule", /'schedule' is not built yet/],
  [{ pty: true }, "modules.api.pty", /'pty' is not built yet/],
  [{ reload: true }, "modules.api.reload", /'reload' is not built yet/],
  [{ ready: { notify: true } }, "modules.api.ready.notify", /not built yet; use notifyFd: 3/],
  [{ startupTimeout: "60 secs" }, "modules.api.startupTimeout", /did you mean "60s"\?/],
  [{ startupTimeout: -1 }, "modules.api.startupTimeout", /must be a duration.*but is -1/],
  [{ startupTimeout: "30d" }, "modules.api.startupTimeout", /is "30d"; the most is 24d/],
  [{ limits: { memory: `${"9".repeat(400)}MB` } }, "modules.api.limits.memory", /must be a size/],
  [{ stableAfter: "soon" }, "modules.api.stableAfter", /but is "soon"/],
  [{ limits: { memory: "512 megs" } }, "modules.api.limits.memory", /did you mean "512MB"\?/],
  [{ limits: { cpu: 3 } }, "modules.api.limits.cpu", /here it is called 'cpuPercent'/],
  [{ stop: { signal: "SIGNIT" } }, "modules.api.stop.signal", /did you mean 'SIGINT'\?/],
  [{ ready: { tcp: 99999 } }, "modules.api.ready.tcp", /a port from 1 to 65535.*is 99999/],
  [{ ready: { tcp: "here" } }, "modules.api.ready.tcp", /"host:port"/],
  [{ ready: { http: "localhost" } }, "modules.api.ready.http", /a URL such as/],
  [{ ready: { log: "(" } }, "modules.api.ready.log", /a regular expression/],
  [{ ready: { notifyFd: 2 } }, "modules.api.ready.notifyFd", /from 3 to 9, but is 2/],
  [{ ready: {} }, "modules.api.ready", /needs one of 'http', 'tcp'/],
  [{ ready: { tcp: 1, exec: ["sleep"] } }, "modules.api.ready.exec", /only one of/],
  [{ liveness: { log: "x" } }, "modules.api.liveness.log", /unknown key 'log'/],
  [{ liveness: true }, "modules.api.liveness", /must be false or a group of keys, but is true/],
  [{ run: "wroker" }, "modules.api.run", /did you mean 'worker'\?/],
  [{ task: "yes" }, "modules.api.task", /must be true or false, but is "yes"; write true/],
  [{ instances: "2" }, "modules.api.instances", /write 2 without quotes/],
  [{ umask: 22 }, "modules.api.umask", /octal digits in quotes.*for example "022"/],
  [{ env: { "A B": "1" } }, 'modules.api.env["A B"]', /no environment name.*for example 'A_B'/],
  [{ env: { A: null } }, "modules.api.env.A", /but is empty/],
  [{ command: [] }, "modules.api.command", /a list of at least 1, but is an empty list/],
  [{ profiles: [1] }, "modules.api.profiles[0]", /item 1 of 'profiles'.*write "1" with quotes/],
  [{ restart: "allways" }, "modules.api.restart", /did you mean 'always'\?/],
  [{ config: { at: new Date(0) } }, "modules.api.config.at", /plain data, but is an instance/],
  [{ config: { run: () => 1 } }, "modules.api.config.run", /plain data, but is a function/],
  [{ recovery: { ladder: ["restrat"] } }, "modules.api.recovery.ladder[0]", /mean 'restart'\?/],
  [
    { recovery: { ladder: [{ "degraded-mode": {} }] } },
    "modules.api.recovery.ladder[0].degraded-mode",
    /'level' is missing; for example "level":"reduced"/,
  ],
  [
    { recovery: { ladder: ["manual", "restart"] } },
    "modules.api.recovery.ladder[1]",
    /nothing comes after/,
  ],
  [
    { recovery: { ladder: [{ restart: { attempts: 9, backoffMax: "60s", window: "1m" } }] } },
    "modules.api.recovery.ladder[0]",
    /would never escalate/,
  ],
  [
    { recovery: { ladder: [{ restart: { attempts: "unlimited" } }, "system-restart"] } },
    "modules.api.recovery.ladder[1]",
    /nothing comes after 'unlimited' attempts/,
  ],
  [
    { healthLimits: { queue: { warn: 9, fail: 1 } } },
    "modules.api.healthLimits.queue",
    /above its fail/,
  ],
  [
    { command: ["slep"] },
    "modules.api.command[0]",
    /'slep' was not found on the PATH.*mean 'sleep'\?/,
  ],
  [{ command: "slep 5 && echo" }, "modules.api.command", /'slep' was not found/],
  [{ command: ["./man.ts"] }, "modules.api.command[0]", /did you mean '\/system\/main.ts'\?/],
  [{ liveness: { exec: ["pg_redy"] } }, "modules.api.liveness.exec", /mean 'pg_isready'\?/],
  [{ cwd: "./nowhere" }, "modules.api.cwd", /'\/system\/nowhere' does not exist/],
  [{ envFile: ".evn" }, "modules.api.envFile", /cannot be read; did you mean '.env'\?/],
  [
    { envFile: [".env"] },
    "modules.api.envFile[0]",
    /line 2 of '\/system\/.env' is no KEY=VALUE line/,
  ],
  [{ entry: "./main.ts" }, "modules.api.entry", /has both 'command' and 'entry'/],
  [{ command: undefined, entry: "./mian.ts" }, "modules.api.entry", /mean '\/system\/main.ts'\?/],
  [{ command: undefined }, "modules.api", /'api' has nothing to run/],
  [{ run: "worker" }, "modules.api.run", /is to run as 'worker', but has a command/],
  [{ run: "in-process" }, "modules.api.run", /is to run as 'in-process', but has a command/],
  [
    { command: undefined, definition: {} },
    "modules.api.definition",
    /what defineModule\(\) returns/,
  ],
  [{ task: true, liveness: { tcp: 1 } }, "modules.api.liveness", /is a task: it ends/],
  [{ task: true, ready: { tcp: 1 } }, "modules.api.ready", /is a task: it is done when/],
  [{ task: true, restart: "always" }, "modules.api.restart", /would run it for ever/],
  [{ dependsOn: ["api"] }, "modules.api.dependsOn[0]", /depends on itself/],
  [{ dependsOn: ["bb", "bb"] }, "modules.api.dependsOn[1]", /depends on 'bb' twice/],
  [
    { dependsOn: ["b"] },
    "modules.api.dependsOn[0]",
    /'b', which does not exist; did you mean 'bb'/,
  ],
  [
    { dependsOn: { bb: { condition: "completed" } } },
    "modules.api.dependsOn.bb.condition",
    /is no task/,
  ],
  [
    { dependsOn: { t: { condition: "healthy" } } },
    "modules.api.dependsOn.t.condition",
    /condition: completed/,
  ],
  [
    { dependsOn: { bb: { when: "healthy" } } },
    "modules.api.dependsOn.bb.when",
    /called 'condition'/,
  ],
];

for (const [written, path, says] of MODULE_MISTAKES) {
  test(`${JSON.stringify(written)} is refused at ${path}`, () => {
    const problems = ofModule(written, { bb: { command: ["sleep", "1"] }, t: task });
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.ok(problems[0]?.startsWith(`${path}: `), problems[0]);
    assert.match(problems[0] ?? "", says);
  });
}

const sleep = { command: ["sleep", "1"] };
const SYSTEM_MISTAKES: readonly (readonly [unknown, string, RegExp])[] = [
  [null, "", /the system must be a group of keys, but is empty/],
  [[], "", /but is an empty list/],
  [{}, "", /the system has no modules/],
  [{ modules: {} }, "modules", /the system has no modules/],
  [{ services: { a: sleep } }, "services", /here it is called 'modules'/],
  [
    { modules: { a: sleep }, healthCheckInterval: 1 },
    "healthCheckInterval",
    /'orchestrator.healthCheckInterval'/,
  ],
  [{ name: "a b", modules: { a: sleep } }, "name", /a name of letters/],
  [{ modules: { BigApi: sleep } }, "modules.BigApi", /no module id.*for example 'big-api'/],
  [{ modules: { "skelly:bus": sleep } }, "modules.skelly:bus", /kept for Skelly itself/],
  [{ modules: { all: sleep } }, "modules.all", /kept for Skelly itself/],
  [{ modules: { a: { hub: true }, b: { hub: true } } }, "modules.b.hub", /'a' and 'b' both are/],
  [
    { modules: { a: { hub: true, run: "worker" } } },
    "modules.a.run",
    /must have a process of its own/,
  ],
  [{ modules: { a: sleep }, bus: { port: 0 } }, "bus.port", /a port from 1 to 65535/],
  [{ modules: { a: 5 } }, "modules.a", /must be a group of keys, but is 5/],
];

for (const [written, path, says] of SYSTEM_MISTAKES) {
  test(`the system ${JSON.stringify(written)} is refused at '${path}'`, () => {
    const problems = report(written);
    assert.equal(
      problems.filter((each) => !each.startsWith("warning")).length,
      1,
      problems.join("\n"),
    );
    assert.ok(problems[0]?.startsWith(`${path}: `), problems[0]);
    assert.match(problems[0] ?? "", says);
  });
}

const WARNINGS: readonly (readonly [object, RegExp])[] = [
  [{ startupTimeout: "5m" }, /startupTimeout of 'api' \(300000 ms\) is longer than the system's/],
  [{ stop: { timeout: "5m" } }, /stop.timeout of 'api'/],
  [{ liveness: { tcp: 1, interval: "1s", timeout: "2s" } }, /may take longer/],
  [{ dependsOn: ["optional"] }, /'api' is required but depends on 'optional'/],
  [{ env: { A: "env:NOT_SET" } }, /the environment variable 'NOT_SET' is not there/],
  [{ config: { deep: [{ key: "file:./key" }] } }, /the file '\/system\/key' is not there/],
];

for (const [written, says] of WARNINGS) {
  test(`${JSON.stringify(written)} is warned of, and runs`, () => {
    const [problem = "", ...more] = ofModule(written, { optional: { ...sleep, required: false } });
    assert.deepEqual(more, []);
    assert.match(problem, /^warning modules.api/);
    assert.match(problem, says);
  });
}

test("a mistake in one module does not hide those in another", () => {
  const problems = report({
    orchestrator: { startupTimeout: "x" },
    modules: { a: { comand: "x" }, b: { command: 5, dependsOn: ["a", "c"] }, c: "?" },
  });
  assert.deepEqual(
    problems.map((each) => each.split(":")[0]),
    ["orchestrator.startupTimeout", "modules.a.comand", "modules.b.command", "modules.c"],
  );
});

test("a command that is missing is allowed where a task runs before it, also further up", () => {
  const modules = {
    build: task,
    between: { ...sleep, dependsOn: ["build"] },
    built: { command: ["./out/server"], cwd: "./out", dependsOn: ["between"] },
  };
  assert.deepEqual(report({ modules }), []);
});

test("shell words and lines that begin with none are left to the shell", () => {
  for (const command of [
    "cd x && y",
    "FOO=1 nope",
    '"no such" 1',
    "$HOME/x",
    "exec nope",
    "(nope)",
  ]) {
    assert.deepEqual(ofModule({ command }), [], command);
  }
});

test("whatever JSON is written, the check answers with a system or with an error, and never throws", () => {
  const keys = fc.constantFrom(
    ..."modules orchestrator profiles api command dependsOn ready recovery ladder restart env config bus".split(
      " ",
    ),
    "__proto__",
    "constructor",
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, true, 5, -1, "x", "30s", "api", "env:A"),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(keys, fc.string()), tie("tree"), { maxKeys: 5 }),
    ),
  }));
  const either = fc.oneof(
    tree,
    fc.jsonValue(),
    fc.record({ modules: fc.dictionary(fc.string(), tree) }),
  );
  fc.assert(
    fc.property(either, fc.constantFrom(null, "dev"), (raw, profile) => {
      const { system, problems } = resolveSystem(raw, { directory: "/system", machine, profile });
      assert.equal(
        system === null,
        problems.some(({ severity }) => severity === "error"),
      );
    }),
    { numRuns: 500 },
  );
});

test("data that refers to itself is refused, not followed for ever", () => {
  const round: Record<string, unknown> = {};
  round["again"] = round;
  assert.match(ofModule({ config: round })[0] ?? "", /nested deeper than 64 levels/);
});
