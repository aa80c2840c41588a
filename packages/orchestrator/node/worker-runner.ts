// worker-runner.ts: modules as worker threads of the user's own program (library mode).
import { fileURLToPath } from "node:url";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort as take,
  Worker,
} from "node:worker_threads";
import { CONTROL_ENV, incarnationMark, type ModuleMessage } from "@skelly-jelly/contract";
import { cutLines, messageOf, stackOf, type ThreadData } from "@skelly-jelly/module/internal";
import type {
  ModuleRunner,
  RunnerFact,
  RunningModule,
  StartRequest,
} from "../ports/module-runner.ts";
import { type LibraryOptions, type Output, outputOf } from "./library-options.ts";
import { refuseStart } from "./refused-start.ts";
import { ShouldBe } from "./should-be.ts";

export type WorkerRunnerOptions = LibraryOptions & {
  /** Serves the bus on this port, with what the descriptor allows. `null`: no module joins. */
  readonly serveBus: ((port: MessagePort, request: StartRequest) => void) | null;
  /** The thread program. Default: the one of @skelly-jelly/module. */
  readonly threadFile?: string;
};

const MIB = 1024 * 1024;
const HEAP_MIN_MIB = 8;
const LINE_MAX_BYTES = 64 * 1024;
const SIGNAL_STOP_MS = 30_000;

export function createWorkerRunner(options: WorkerRunnerOptions): ModuleRunner {
  const workers = new Set<Worker>();
  return {
    start(request, tell) {
      const { run, id } = request.descriptor;
      if (run.kind === "entry") {
        try {
          return begin(request, run.file, options, tell, workers);
        } catch (error) {
          return refuseStart(id, messageOf(error), tell);
        }
      }
      return refuseStart(id, "a worker runs an entry file, nothing else", tell);
    },
    survivors: () => [],
    adopt: () => {
      throw new Error("bug: a thread of the process that died cannot have survived it");
    },
    release() {},
    async close() {
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}

function begin(
  request: StartRequest,
  entry: string,
  options: WorkerRunnerOptions,
  tell: (fact: RunnerFact) => void,
  workers: Set<Worker>,
): RunningModule {
  const { instance } = request;
  const { worker, control } = createWorker(request, entry, options);
  workers.add(worker);
  const shouldBe = new ShouldBe(request);
  const output = outputOf(options, instance);
  let isOpen = false;
  let isSpawned = false;
  let outOfMemory = false;
  let killed = false;
  const say = (message: Parameters<RunningModule["tell"]>[0]): void => control.postMessage(message);

  const spawned = (): void => {
    if (isSpawned) return;
    isSpawned = true;
    tell({ kind: "spawned", pid: null });
  };
  const hear = (message: ModuleMessage): void => {
    // The two ports of a thread know no order between them.
    spawned();
    shouldBe.heard(message);
    if (message.type === "hello") {
      isOpen = true;
      say(shouldBe.welcome);
    }
    tell({ kind: "said", message });
  };
  control.on("message", hear);
  pipeLines(worker, output);
  worker.on("online", spawned);
  worker.on("error", (error) => {
    outOfMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
    for (const line of stackOf(error).split("\n")) output("err", line);
  });
  worker.on("exit", (code) => {
    isOpen = false;
    workers.delete(worker);
    // What the thread said last may still be in the port, and comes before its end.
    for (let last = take(control); last !== undefined; last = take(control)) hear(last.message);
    control.close();
    const how = killed ? { code: null, signal: "SIGKILL" } : { code, signal: null };
    tell({ kind: "ended", ...how, outOfMemory, swept: 0, stuck: [] });
  });
  return {
    tell(message) {
      if (!isOpen) return false;
      shouldBe.told(message);
      say(message);
      return true;
    },
    signal: (name) => say({ type: "stop", timeoutMs: SIGNAL_STOP_MS, reason: name }),
    kill() {
      killed = true;
      void worker.terminate();
    },
    freeze: () => false,
  };
}

function createWorker(
  request: StartRequest,
  entry: string,
  options: WorkerRunnerOptions,
): { readonly worker: Worker; readonly control: MessagePort } {
  const { instance, incarnation, descriptor } = request;
  const control = new MessageChannel();
  const bus = options.serveBus === null || descriptor.bus === null ? null : new MessageChannel();
  const data: ThreadData = {
    entry,
    outPath: null,
    errPath: null,
    control: control.port2,
    bus: bus?.port2 ?? null,
  };
  // Before the thread is born: a bus that refuses leaves nothing behind.
  if (bus !== null) options.serveBus?.(bus.port1, request);
  const memoryBytes = descriptor.limits.memoryBytes ?? null;
  const worker = new Worker(options.threadFile ?? defaultThreadFile(), {
    name: instance,
    workerData: data,
    transferList: bus === null ? [control.port2] : [control.port2, bus.port2],
    env: {
      ...process.env,
      ...descriptor.env,
      [CONTROL_ENV.home]: options.home,
      [CONTROL_ENV.token]: "",
      [CONTROL_ENV.incarnation]: incarnationMark(options.system, instance, incarnation),
    },
    stdout: true,
    stderr: true,
    ...(memoryBytes !== null && {
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(HEAP_MIN_MIB, Math.floor(memoryBytes / MIB)),
      },
    }),
  });
  return { worker, control: control.port1 };
}

const defaultThreadFile = (): string =>
  fileURLToPath(import.meta.resolve("@skelly-jelly/module/worker-thread"));

/** Whole lines only, so that what two threads print never mixes in one. */
function pipeLines(worker: Worker, output: Output): void {
  for (const [stream, readable] of [
    ["out", worker.stdout],
    ["err", worker.stderr],
  ] as const) {
    const tooLong = (): void => output("err", "a line that was too long was left out");
    const lines = cutLines(LINE_MAX_BYTES, (line) => output(stream, line), tooLong);
    readable.on("data", (chunk: Buffer) => lines.push(chunk));
    readable.on("end", () => {
      const rest = lines.rest();
      if (rest !== "") output(stream, rest);
    });
  }
}
