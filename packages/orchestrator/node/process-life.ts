// process-life.ts: an incarnation with what hangs on it for as long as it lives: its control channel,
// its output, its notify descriptor.
import { incarnationMark } from "@skelly-jelly/contract";
import type { RunnerFact, StartRequest } from "../ports/module-runner.ts";
import { Incarnation, type IncarnationHome } from "./incarnation.ts";
import type { InstanceFolder } from "./instance-folder.ts";
import type { ControlChannels } from "./process-options.ts";
import type { RunnerShared } from "./runner-shared.ts";
import { ShouldBe } from "./should-be.ts";

/** What the instance does for it; the rest it has by itself. */
export type LifeHome = Pick<
  IncarnationHome,
  "find" | "near" | "freezeGroup" | "freezeFile" | "cpuMs" | "limit" | "memoryKills" | "killParent"
> & {
  /** It is over, just before the last fact. */
  readonly left: (stuck: readonly number[]) => void;
};

export class ProcessLife {
  readonly request: StartRequest;
  readonly token: string;
  readonly incarnation: Incarnation;
  private readonly shared: RunnerShared;
  private readonly folder: InstanceFolder;
  private readonly channel: ReturnType<ControlChannels["register"]> | null;
  private readonly notify: { close(): void } | null;
  private spooled = false;

  constructor(
    shared: RunnerShared,
    folder: InstanceFolder,
    request: StartRequest,
    report: (fact: RunnerFact) => void,
    home: LifeHome,
  ) {
    const { instance, incarnation, descriptor } = request;
    const shouldBe = new ShouldBe(request);
    this.shared = shared;
    this.folder = folder;
    this.request = request;
    this.token = shared.token(incarnationMark(shared.options.system, instance, incarnation));
    this.incarnation = new Incarnation(
      {
        ...home,
        instance,
        incarnation,
        signalsGroup: descriptor.run.kind === "shell",
        tell: (message) => {
          shouldBe.told(message);
          return this.channel?.tell(message) ?? false;
        },
        leave: (stuck) => this.leave(stuck, home),
      },
      report,
    );
    // The end is the last fact, whatever comes through the channel afterwards.
    const news = (fact: RunnerFact): void => {
      if (!this.incarnation.hasEnded) report(fact);
    };
    this.channel =
      shared.options.channels?.register({
        instance,
        incarnation,
        token: this.token,
        onMessage: (message) => {
          shouldBe.heard(message);
          if (message.type === "hello") this.channel?.tell(shouldBe.welcome);
          news({ kind: "said", message });
        },
        onLost: () => news({ kind: "channel-lost" }),
      }) ?? null;
    this.notify =
      descriptor.ready?.ask.kind === "notify-fd"
        ? folder.watchNotify(incarnation, () => news({ kind: "notified" }))
        : null;
  }

  /** Its output files exist. */
  attachSpool(): void {
    const { instance, incarnation, descriptor } = this.request;
    this.spooled = true;
    this.shared.options.spool?.attach({
      instance,
      incarnation,
      outPath: this.folder.path.of(incarnation, "out"),
      errPath: this.folder.path.of(incarnation, "err"),
      ...descriptor.logs,
    });
  }

  /** Lets it run on without us. */
  abandon(): void {
    this.incarnation.abandon();
    this.channel?.close();
    this.notify?.close();
  }

  private leave(stuck: readonly number[], home: LifeHome): void {
    const { instance, incarnation } = this.request;
    this.channel?.close();
    this.notify?.close();
    if (this.spooled) this.shared.options.spool?.detach(instance, incarnation);
    this.folder.settle(incarnation);
    home.left(stuck);
  }
}
