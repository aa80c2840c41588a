// in-process-runner.ts: modules as functions of this process: for libraries, tests and very small modules.
import type { ModuleMessage } from "@skelly-jelly/contract";
import type { EventBus } from "@skelly-jelly/event-bus";
import { isModuleDefinition, type ModuleDefinition } from "@skelly-jelly/module";
import {
  dataDirectoryOf,
  directLink,
  loadDefinition,
  type ModuleLife,
  moduleLog,
  runModule,
} from "@skelly-jelly/module/internal";
import type {
  ModuleRunner,
  RunnerFact,
  RunningModule,
  StartRequest,
} from "../ports/module-runner.ts";
import { identityOf, type LibraryOptions, outputOf } from "./library-options.ts";
import { refuseStart } from "./refused-start.ts";
import { ShouldBe } from "./should-be.ts";

export type InProcessRunnerOptions = LibraryOptions & {
  /** A bus of the module's own: it closes it at its end (`borrowBus` shares one). `null`: none. */
  readonly openBus: ((request: StartRequest) => EventBus<any> | Promise<EventBus<any>>) | null;
};

/** A signal asks such a module to stop; that it does is up to its code. */
const SIGNAL_STOP_MS = 30_000;

export function createInProcessRunner(options: InProcessRunnerOptions): ModuleRunner {
  const lives = new Set<ModuleLife>();
  return {
    start(request, tell) {
      const definition = definitionOf(request);
      if (definition === null) {
        const reason = "only a definition or an entry file runs inside a process, not a command";
        return refuseStart(request.descriptor.id, reason, tell);
      }
      return begin(request, definition, options, tell, lives);
    },
    survivors: () => [],
    adopt: () => {
      throw new Error("bug: a module in the process that died cannot have survived it");
    },
    release() {},
    async close() {
      for (const life of lives) life.abandon();
      await Promise.all([...lives].map((life) => life.ended));
    },
  };
}

function begin(
  request: StartRequest,
  definition: ModuleDefinition | Promise<ModuleDefinition>,
  options: InProcessRunnerOptions,
  tell: (fact: RunnerFact) => void,
  lives: Set<ModuleLife>,
): RunningModule {
  const { instance, incarnation, descriptor } = request;
  const { openBus } = options;
  const { link, host } = directLink();
  const shouldBe = new ShouldBe(request);
  let isOpen = false;
  let killed = false;
  host.onMessage((message: ModuleMessage) => {
    shouldBe.heard(message);
    if (message.type === "hello") {
      isOpen = true;
      host.tell(shouldBe.welcome);
    }
    tell({ kind: "said", message });
  });
  // Told before anything that the module may say, and not before this function has returned.
  queueMicrotask(() => tell({ kind: "spawned", pid: null }));
  const output = outputOf(options, instance);
  const life = runModule(definition, link, identityOf(options.system, instance, incarnation), {
    log: moduleLog(
      (line) => output("out", line),
      (line) => output("err", line),
    ),
    dataDirectory: dataDirectoryOf(options.home, instance),
    openBus: openBus === null || descriptor.bus === null ? null : () => openBus(request),
  });
  lives.add(life);
  void life.ended.then(({ code }) => {
    isOpen = false;
    lives.delete(life);
    const how = killed ? { code: null, signal: "SIGKILL" } : { code, signal: null };
    tell({ kind: "ended", ...how, outOfMemory: false, swept: 0, stuck: [] });
  });
  return {
    tell(message) {
      if (!isOpen) return false;
      shouldBe.told(message);
      host.tell(message);
      return true;
    },
    signal: (name) => life.stop(SIGNAL_STOP_MS, name),
    kill() {
      killed = true;
      // A function cannot be killed: its timers end and its signal is aborted, and that is said.
      output(
        "err",
        `'${instance}' was ended without its stop(); what it began itself may still run`,
      );
      life.abandon();
    },
    freeze: () => false,
  };
}

/** A definition held by the embedding program, or the default export of a file. */
function definitionOf({
  descriptor,
  incarnation,
}: StartRequest): ModuleDefinition | Promise<ModuleDefinition> | null {
  const { run } = descriptor;
  if (run.kind === "definition" && isModuleDefinition(run.definition)) return run.definition;
  if (run.kind === "entry") return loadDefinition(run.file, incarnation - 1);
  return null;
}
