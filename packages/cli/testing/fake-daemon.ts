// fake-daemon.ts: a daemon made of glass: every verb's other side, modules that only say so.
// What goes wrong is chosen by the system's name (see stories.ts).
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type {
  ClientRequest,
  Json,
  LifecycleState,
  ModuleStatus,
  SystemEvent,
  SystemStatusReport,
} from "@skelly-jelly/contract";
import type { DaemonStart } from "../start-daemon.ts";
import { statePaths } from "../state-paths.ts";
import { STORIES } from "./stories.ts";

type Module = { -readonly [K in keyof ModuleStatus]: ModuleStatus[K] };

let input = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk: string) => {
  input += chunk;
});
process.stdin.on("end", () => live(JSON.parse(input) as DaemonStart));

function live({ system, home, configFile, version, foreground }: DaemonStart): void {
  const paths = statePaths(home, process.env);
  const story = system.name;
  if (story === STORIES.diesAtOnce) {
    process.stderr.write("first word\nthe lock is held by nobody you know\n");
    process.exit(9);
  }
  mkdirSync(paths.logs, { recursive: true });
  const startedAt = new Date();
  const facts = { pid: process.pid, version, socketPath: paths.socket, configFile };
  writeFileSync(paths.daemonFile, JSON.stringify({ ...facts, startedAt: startedAt.toISOString() }));
  const modules = new Map<string, Module>(
    system.modules.map(({ id, required, dependsOn }) => [
      id,
      { ...QUIET, id, required, dependsOn: dependsOn.map(({ on }) => on) } as Module,
    ]),
  );
  const events: SystemEvent[] = [];
  const followers = new Set<(event: SystemEvent) => void>();
  let attended = foreground;
  let status: SystemStatusReport["status"] = "starting";
  let finishDown: (() => void) | null = null;

  const publish = (event: Record<string, unknown>): void => {
    const stamped = { ...event, seq: events.length + 1, timeMs: Date.now() } as SystemEvent;
    events.push(stamped);
    for (const follow of followers) follow(stamped);
  };
  const move = (module: Module, to: LifecycleState, cause: string): void => {
    const from = module.state;
    module.state = to;
    module.since = new Date().toISOString();
    const failed = to === "failed";
    module.failure = failed
      ? { code: "EXITED", kind: "startup", message: `'${module.id}' exited with code 7.` }
      : null;
    module.pid = to === "running" ? process.pid : null;
    const { id, pid, failure } = module;
    publish({
      type: "module-state-changed",
      module: id,
      incarnation: 1,
      from,
      to,
      cause,
      failure,
      pid,
    });
  };
  const setStatus = (to: typeof status, reasons: readonly string[] = []): void => {
    publish({ type: "system-status-changed", from: status, to, reasons });
    status = to;
  };
  const report = (): SystemStatusReport => ({
    system: system.name,
    status,
    reasons: [],
    since: startedAt.toISOString(),
    uptimeMs: Date.now() - startedAt.getTime(),
    orchestrator: {
      pid: process.pid,
      version,
      rssBytes: 40_000_000,
      cpuPercent: 0,
      adopted: 0,
      journal: "available",
      bus: "none",
    },
    modules: [...modules.values()],
  });
  const startAll = (): void => {
    for (const module of modules.values()) {
      if (module.state !== "not-started") continue;
      move(module, "starting", "the system starts");
      const line = `${new Date().toISOString()} out hello from ${module.id}\n`;
      appendFileSync(join(paths.logs, `${module.id}.log`), line);
      move(module, "running", "ready");
    }
    setStatus("healthy");
  };
  const stopAll = (): void => {
    setStatus("stopping");
    for (const module of [...modules.values()].reverse()) {
      if (module.state === "running") move(module, "stopping", "the system stops");
      if (module.state !== "failed") move(module, "stopped", "asked to stop");
    }
    setStatus("stopped");
  };
  const leave = (code: number): void => {
    server.close();
    rmSync(paths.daemonFile, { force: true });
    // What was said is read on the other side before the end, and the other side's last words here.
    const exit = (): never => process.exit(code);
    const open = [...sockets];
    let left = open.length;
    if (left === 0) setImmediate(exit);
    for (const socket of open) {
      socket.once("close", () => {
        left -= 1;
        if (left === 0) exit();
      });
      socket.resume();
      socket.end();
    }
    setTimeout(exit, LEAVE_LIMIT_MS);
  };

  type Answer = {
    item(value: unknown): void;
    ok(value: unknown): void;
    fail(code: string, message: string, problems?: readonly Json[]): void;
  };
  const known = (id: unknown, answer: Answer): Module | null => {
    const module = modules.get(String(id));
    if (module === undefined) answer.fail("NO_SUCH_MODULE", `There is no module '${String(id)}'.`);
    return module ?? null;
  };
  const verbs: Record<string, (args: Record<string, Json>, answer: Answer) => void> = {
    ping: (_, { ok }) =>
      ok({ pid: process.pid, version, system: system.name, configFile, attended }),
    status: (_, { ok }) => ok(report()),
    "await-start"(args, answer) {
      attended = args["attend"] === true;
      for (const event of events) answer.item(event);
      followers.add(answer.item);
      if (story === STORIES.diesWhileStarting) {
        process.stderr.write("out of luck\n");
        return process.exit(3);
      }
      if (story === STORIES.failsToStart) {
        const first = [...modules.values()][0] as Module;
        move(first, "starting", "the system starts");
        move(first, "failed", "exited");
        answer.fail("START_FAILED", `'${first.id}' exited with code 7 before it was ready.`);
        return leave(0);
      }
      startAll();
      followers.delete(answer.item);
      answer.ok(report());
    },
    events(args, answer) {
      const after = Number(args["afterSeq"] ?? 0);
      const limit = Number(args["limit"] ?? 1000);
      for (const event of events.filter(({ seq }) => seq > after).slice(-limit)) answer.item(event);
      if (args["follow"] !== true) return answer.ok(null);
      followers.add(answer.item);
      if (story === STORIES.endsByItself || story === STORIES.endsFailed) {
        const first = [...modules.values()][0] as Module;
        if (story === STORIES.endsFailed) move(first, "failed", "exited");
        stopAll();
        leave(0);
      }
      if (story === STORIES.diesLater) {
        process.stderr.write("panic\n");
        process.exit(1);
      }
    },
    down(_, answer) {
      followers.add(answer.item);
      const finish = (killed: readonly string[]): void => {
        stopAll();
        answer.ok({ stopped: modules.size, killed, left: [] });
        leave(0);
      };
      if (story !== STORIES.stopsSlowly) return finish([]);
      publish({ type: "note", module: null, message: "one module takes its time" });
      finishDown = () => finish([...modules.keys()]);
    },
    kill(_, { ok }) {
      ok(null);
      finishDown?.();
    },
    "config-get"(args, answer) {
      const module = known(args["module"], answer);
      if (module === null) return;
      const { config } = system.modules.find(({ id }) => id === module.id) ?? { config: {} };
      answer.ok(config);
    },
    "config-set"(args, answer) {
      if (known(args["module"], answer) === null) return;
      if (args["value"] === "bad") {
        return answer.fail("CONFIG_REFUSED", "'a' refused its configuration.", [
          "colour: not a colour",
        ]);
      }
      answer.ok({ version: 2, outcome: "applied" });
    },
  };
  for (const verb of ["start", "stop", "restart", "recover"]) {
    verbs[verb] = (args, answer) => {
      const module = known(args["module"], answer);
      if (module === null) return;
      followers.add(answer.item);
      if (verb !== "start") move(module, "stopped", `asked by \`skelly ${verb}\``);
      if (verb !== "stop") move(module, "running", "ready");
      followers.delete(answer.item);
      answer.ok(module);
    };
  }

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = "";
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { id, verb, args } = JSON.parse(line) as ClientRequest;
        const say = (reply: object): void =>
          void socket.write(`${JSON.stringify({ id, ...reply })}\n`);
        verbs[verb]?.(args as Record<string, Json>, {
          item: (item) => say({ item }),
          ok: (value) => say({ ok: true, value }),
          fail: (code, message, problems = []) => say({ ok: false, code, message, problems }),
        });
      }
    });
  });
  rmSync(paths.socket, { force: true });
  server.listen(paths.socket);
}

const LEAVE_LIMIT_MS = 1000;
const QUIET = {
  runner: "process",
  desired: "up",
  state: "not-started",
  health: "healthy",
  issues: [],
  level: "full",
  since: new Date(0).toISOString(),
  incarnation: 1,
  restarts: 0,
  pid: null,
  exit: null,
  waitingFor: [],
  blockedBy: null,
  readyMs: null,
  failure: null,
  stopReason: null,
  nextAttemptAt: null,
  configVersion: 1,
  enforcement: "none",
  usage: { cpuPercent: 0.5, memoryBytes: 12_300_000, fileHandles: 4, threads: 1 },
  metrics: {},
  hidden: false,
};
