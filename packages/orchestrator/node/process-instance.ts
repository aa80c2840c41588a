// process-instance.ts: one instance: its folder, its cgroup, its parent process and its present life.
import {
  type Failure,
  failure,
  type InstanceId,
  incarnationMark,
  type ResourceLimits,
} from "@skelly-jelly/contract";
import type { RunnerFact, RunningModule, StartRequest } from "../ports/module-runner.ts";
import { planChild } from "./child-plan.ts";
import { execFailure } from "./incarnation.ts";
import { InstanceFolder } from "./instance-folder.ts";
import { InstanceGroups } from "./instance-groups.ts";
import { InstancePath } from "./instance-path.ts";
import { ModuleParent } from "./module-parent.ts";
import { runLine, settingsLine } from "./parent-script.ts";
import { ProcessFinder } from "./process-finder.ts";
import {
  isAlive,
  type ProcessIdentity,
  type ProcessStat,
  parseStat,
  readStat,
  sendSignal,
} from "./process-identity.ts";
import { ProcessLife } from "./process-life.ts";
import type { RunnerShared } from "./runner-shared.ts";
import { refuse, shellRefusal, spawnFailed } from "./start-refusal.ts";

export class ProcessInstance {
  private readonly path: InstancePath;
  private readonly folder: InstanceFolder;
  private readonly parent: ModuleParent;
  private readonly shared: RunnerShared;
  readonly groups: InstanceGroups;
  private readonly finder: ProcessFinder;
  private life: ProcessLife | null = null;
  /** Left by an earlier life in spite of SIGKILL: while they live nothing is started. */
  private stuck: readonly ProcessIdentity[] = [];
  private settings = "";
  /** Not a number that an earlier orchestrator may have used with the same parent. */
  private settingsVersion = Date.now();
  /** What is heard of this one before it is adopted is no surprise. */
  private survivor = 0;
  private released = false;
  private forGood = false;
  /** The parent has been told to quit: what it is told now it will not read. */
  private quitting = false;
  /** Its pid, also while it is dying: the kernel lists it a moment longer than it speaks. */
  private parentPid: number | null = null;
  private afterQuit: (() => void) | null = null;
  private readonly whenGone: (() => void)[] = [];

  constructor(shared: RunnerShared, instance: InstanceId) {
    this.shared = shared;
    this.path = new InstancePath(shared.runDirectory, instance, shared.options.spoolDirectory);
    this.folder = new InstanceFolder(this.path);
    this.groups = new InstanceGroups(instance, shared.cgroupRoot, shared.limits);
    this.finder = new ProcessFinder({
      groups: this.groups,
      scan: shared.scan,
      mark: () => (this.life === null ? null : this.mark(this.life.incarnation.number)),
      parent: () => this.parentPid,
      parentIsTellable: () => this.parentPid !== null || this.parent.isAbsent,
      main: () => this.life?.incarnation.main?.pid ?? null,
    });
    this.parent = new ModuleParent(this.path, {
      up: (inside) => {
        this.groups.entered(inside);
        this.parentPid = this.parent.identity?.pid ?? null;
      },
      said: (words, rest) => this.heard(words, rest),
      gone: (reason) => this.lostParent(reason),
    });
  }

  /** Nothing runs, and no parent waits. */
  get isIdle(): boolean {
    return this.life === null && this.parent.isAbsent;
  }

  /** Its processes without the parent, when its group knows them all. */
  get processes(): readonly number[] | null {
    return this.groups.inside && this.parentPid !== null ? this.finder.find() : null;
  }

  start(request: StartRequest, report: (fact: RunnerFact) => void): RunningModule {
    const refusal = this.occupied();
    if (refusal !== null) return refuse(report, refusal);
    const plan = planChild(this.shared, request);
    if ("failure" in plan) return refuse(report, plan.failure);
    try {
      this.folder.prepare(request.incarnation, plan.settings.notifyFd !== null);
    } catch (error) {
      return refuse(report, spawnFailed(request, (error as Error).message));
    }
    this.released = false;
    const life = this.begin(request, report);
    const settings = settingsLine(0, plan.settings);
    if (this.quitting) this.afterQuit = () => this.command(life, settings);
    else this.command(life, settings);
    return life.incarnation;
  }

  /** `main`: its process if it is known to live. */
  adopt(
    request: StartRequest,
    main: ProcessStat | null,
    report: (fact: RunnerFact) => void,
  ): RunningModule {
    // Its session is its parent's, whose number is not given out again while one of them lives.
    if (main !== null && main.session !== main.pid) this.parentPid ??= main.session;
    const life = this.begin(request, report);
    life.attachSpool();
    if (main !== null) {
      life.incarnation.started(main, true);
      // The one before us may have died while it was frozen or squeezed.
      life.incarnation.freeze(false);
      if (request.descriptor.limits.cpuPercent !== undefined) life.incarnation.squeeze(false);
    }
    setImmediate(() => {
      const code = this.folder.exitCode(request.incarnation, this.shared.boot);
      if (code !== null) life.incarnation.exited(code);
      else if (this.parent.isAbsent) life.incarnation.lostParent("its parent is gone", true);
    });
    return life.incarnation;
  }

  /**
   * Takes charge of a living parent process that an earlier orchestrator raised. `survivor`: the
   * incarnation that is to be adopted; 0 when none is.
   */
  attach(identity: ProcessIdentity, survivor: number): boolean {
    this.survivor = survivor;
    this.parentPid = identity.pid;
    if (!this.parent.attach(identity)) return false;
    this.groups.found(identity.pid);
    this.groups.freeze(false);
    return true;
  }

  /**
   * Calls when parent and cgroup are gone; a life that is left is killed first. `forGood`: its files
   * go too; else its FIFOs stay for the next time.
   */
  release(forGood: boolean, gone: () => void): void {
    this.released = true;
    this.forGood = forGood;
    this.whenGone.push(gone);
    this.life?.incarnation.kill();
    if (this.parent.isAbsent) return this.cleanUp();
    this.quitting = true;
    this.parent.quit();
  }

  /** Lets everything run on without us. */
  abandon(): void {
    this.life?.abandon();
    this.life = null;
    this.parent.detach();
  }

  private occupied(): Failure | null {
    const module = this.path.instance;
    this.stuck = this.stuck.filter(isAlive);
    if (this.stuck.length > 0) {
      return failure("NOT_GONE", { module, pids: this.stuck.map(({ pid }) => pid) });
    }
    if (this.life === null) return null;
    const reason = `incarnation ${this.life.incarnation.number} of it still lives`;
    return failure("SPAWN_FAILED", { module, reason });
  }

  private begin(request: StartRequest, report: (fact: RunnerFact) => void): ProcessLife {
    this.limit(request.descriptor.limits);
    this.life = new ProcessLife(this.shared, this.folder, request, report, {
      find: () => this.finder.find(),
      near: () => this.finder.near(),
      freezeGroup: (frozen) => this.groups.freeze(frozen),
      freezeFile: () => (this.groups.inside ? `${this.groups.path}/cgroup.freeze` : null),
      cpuMs: () => this.groups.cpuMs(),
      limit: (limits) => this.limit(limits),
      memoryKills: () => this.groups.memoryKills(),
      killParent: () => this.parent.kill(),
      left: (stuck) => this.left(stuck),
    });
    return this.life;
  }

  private command(life: ProcessLife, settings: string): void {
    if (this.parent.isAbsent) this.raiseParent(life.request);
    if (settings !== this.settings) {
      this.settings = settings;
      this.settingsVersion += 1;
      this.sendSettings();
    }
    this.parent.say(runLine(life.incarnation.number, life.token, this.settingsVersion));
  }

  private sendSettings(): void {
    this.parent.say(this.settings.replace("sk_v=0", `sk_v=${this.settingsVersion}`));
  }

  private raiseParent({ instance }: StartRequest): void {
    const { raiser, options } = this.shared;
    this.settings = "";
    this.parentPid = null;
    this.parent.raise(raiser, {
      mark: `${options.system}/${instance}`,
      cgroupFiles: this.groups.raise(),
    });
  }

  private heard(words: readonly string[], rest: string): void {
    const [what, number] = [words[0], Number(words[1])];
    const life = this.life;
    if (what === "bad") {
      if (life?.incarnation.wasAsked === true) {
        this.sendSettings();
        this.parent.say(runLine(life.incarnation.number, life.token, this.settingsVersion));
      }
      return;
    }
    if (life === null || life.incarnation.number !== number) {
      if (what === "pid" && number !== this.survivor) this.heardStranger(rest);
      return;
    }
    if (what === "pid") {
      const process = parseStat(rest);
      if (process === null) return;
      life.attachSpool();
      life.incarnation.started(process);
    }
    if (what === "no") life.incarnation.refused(shellRefusal(life.request, rest));
    if (what === "exit") this.heardExit(life, Number(rest));
  }

  private heardExit(life: ProcessLife, code: number): void {
    const { request, incarnation } = life;
    const why = execFailure(code, this.path.of(incarnation.number, "err"));
    if (why === null) incarnation.exited(code);
    else incarnation.notStarted(spawnFailed(request, why));
  }

  /** An order of an orchestrator before us that nobody remembers: it must not run beside ours. */
  private heardStranger(stat: string): void {
    const process = parseStat(stat);
    if (process === null || !isAlive(process)) return;
    for (const pid of [process.pid, ...this.finder.find()]) sendSignal(pid, "SIGKILL");
  }

  private lostParent(reason: string): void {
    this.quitting = false;
    const life = this.life;
    const start = this.afterQuit;
    this.afterQuit = null;
    if (start !== null && life?.incarnation.wasAsked === true) {
      this.settleRelease();
      return start();
    }
    if (life !== null) {
      const code = this.folder.exitCode(life.incarnation.number, this.shared.boot);
      if (code === null) life.incarnation.lostParent(reason);
      else life.incarnation.exited(code);
    }
    if (this.released) this.cleanUp();
  }

  /** A parent that waits already may have been raised under other limits. */
  private limit(limits: ResourceLimits): boolean {
    this.groups.prepare(limits);
    if (this.parentPid !== null) this.groups.place(this.parentPid, () => this.finder.find());
    return this.groups.keeps(limits).size > 0;
  }

  private left(stuck: readonly number[]): void {
    this.stuck = stuck.flatMap((pid) => readStat(pid) ?? []);
    this.life = null;
    if (this.released && this.parent.isAbsent) setImmediate(() => this.cleanUp());
  }

  /** Again when parent or life have gone, if one of them is still there. */
  private cleanUp(): void {
    if (!this.released) return this.settleRelease();
    if (!this.isIdle) return;
    const removed = (): void => {
      if (this.forGood && this.released) this.folder.removeAll();
      this.settleRelease();
    };
    this.groups.removeSoon(removed);
  }

  private settleRelease(): void {
    for (const gone of this.whenGone.splice(0)) gone();
  }

  private mark(incarnation: number): string {
    return incarnationMark(this.shared.options.system, this.path.instance, incarnation);
  }
}
