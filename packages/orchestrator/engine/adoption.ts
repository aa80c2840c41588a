// adoption.ts: takes charge of what an earlier orchestrator left running; ends what nobody knows any more.
import type { InstanceId, ModuleDescriptor, RunnerKind } from "@skelly-jelly/contract";
import { birthMark } from "../policy/config-impact.ts";
import type { ModuleRunner, Survivor } from "../ports/module-runner.ts";
import type { Queued } from "./lifecycle-controller.ts";
import type { Parts } from "./parts.ts";

/** Takes charge before anything is started; what the controller is to be told of it, all at once. */
export function adoptSurvivors(parts: Parts): readonly Queued[] {
  const { ports, store } = parts;
  const adopted: Queued[] = [];
  for (const [kind, runner] of Object.entries(ports.runners)) {
    for (const survivor of runner.survivors()) {
      const record = store.get(survivor.instance);
      if (record === undefined || record.descriptor.runner !== kind) {
        end(parts, kind as RunnerKind, runner, survivor);
      } else {
        adopted.push(...adopt(parts, runner, survivor));
      }
    }
  }
  // Where nothing survived, the machine or the system was down: then tasks are to be done again.
  if (adopted.length === 0) return [];
  // One that runs again is not done, whatever a journal that missed its start still says.
  const living = new Set(adopted.map(({ instance }) => instance));
  return [...adopted, ...doneTasks(parts).filter(({ instance }) => !living.has(instance))];
}

/** A migration that was done stays done while what it was done for runs on. */
function doneTasks({ ports, store }: Parts): readonly Queued[] {
  const queued: Queued[] = [];
  for (const { instance, incarnation, descriptor } of store.records.values()) {
    if (!descriptor.task || incarnation === 0) continue;
    if (ports.journal.recall(`done:${instance}`)?.["incarnation"] !== incarnation) continue;
    const input = { kind: "adopt", incarnation, pid: null, ready: true, completed: true } as const;
    queued.push({ instance, input });
  }
  return queued;
}

function adopt(parts: Parts, runner: ModuleRunner, survivor: Survivor): readonly Queued[] {
  const { store, lives, controller, configuration, ports } = parts;
  const { instance, incarnation, pid } = survivor;
  const record = store.get(instance);
  if (record === undefined) return [];
  const { descriptor } = record;
  const welcome = configuration.welcome(record);
  const running = runner.adopt(survivor, { instance, incarnation, descriptor, welcome }, (fact) =>
    controller.fact(instance, incarnation, fact),
  );
  const { configVersion } = welcome;
  lives.begin({ instance, incarnation, running, saidFailure: null, configVersion });
  const ready = wasReady(parts, instance, incarnation) || descriptor.ready === null;
  ports.journal.intend({ instance, incarnation });
  const adopted: Queued = { instance, input: { kind: "adopt", incarnation, pid, ready } };
  if (isAsBorn(parts, instance, incarnation, descriptor)) return [adopted];
  const cause = "its description changed while no orchestrator looked";
  return [adopted, { instance, input: { kind: "restart", cause } }];
}

/** True also when nobody wrote down how it was started. */
function isAsBorn(
  { ports, configuration }: Parts,
  instance: InstanceId,
  incarnation: number,
  descriptor: ModuleDescriptor,
): boolean {
  const born = ports.journal.recall(`born:${instance}`);
  if (born?.["incarnation"] !== incarnation) return true;
  return born["mark"] === birthMark(descriptor, configuration.get(descriptor.id).config);
}

const wasReady = ({ ports }: Parts, instance: InstanceId, incarnation: number): boolean =>
  ports.journal.recall(`life:${instance}`)?.["incarnation"] === incarnation;

/** A module that is no longer in the system, or runs in another way now. */
function end(parts: Parts, kind: RunnerKind, runner: ModuleRunner, survivor: Survivor): void {
  const { publisher, store } = parts;
  const { instance, incarnation } = survivor;
  const message = `'${instance}' (incarnation ${incarnation}) was left running by an earlier orchestrator and is no ${kind} module of this system: it is ended`;
  publisher.publish({ type: "note", module: instance, message });
  const [any] = store.descriptors.values();
  if (any === undefined) return;
  const welcome = {
    type: "welcome",
    config: {},
    configVersion: 0,
    level: "full",
    paused: false,
  } as const;
  const descriptor = { ...any, id: instance, ready: null };
  const running = runner.adopt(survivor, { instance, incarnation, descriptor, welcome }, (fact) => {
    if (fact.kind === "ended") runner.release(instance);
  });
  running.kill();
}
