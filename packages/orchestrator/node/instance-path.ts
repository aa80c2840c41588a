// instance-path.ts: what an instance is called on disk and in the cgroup tree.
import { join } from "node:path";
import type { InstanceId } from "@skelly-jelly/contract";

/**
 * A file name for an instance: `api#1` -> `api@1`, `skelly:bus` -> `skelly=bus`.
 * Neither sign may occur in an id, so two instances never share a name.
 */
export const safeInstance = (instance: InstanceId): string =>
  instance.replaceAll("#", "@").replaceAll(":", "=");

/** The other way round. */
export const instanceOfSafe = (name: string): InstanceId =>
  name.replaceAll("@", "#").replaceAll("=", ":");

/**
 * The files of one instance, in its own folder under the run directory; its output, which may be large,
 * in its own folder under the spool directory.
 */
export class InstancePath {
  readonly instance: InstanceId;
  readonly directory: string;
  /** FIFO: commands to the parent process. */
  readonly commands: string;
  /** FIFO: what the parent process says. */
  readonly says: string;
  /** Who lived and how it ended, a line each, for an orchestrator that was not there. */
  readonly lives: string;
  readonly spools: string;

  constructor(runDirectory: string, instance: InstanceId, spoolDirectory = runDirectory) {
    this.instance = instance;
    this.spools = join(spoolDirectory, safeInstance(instance));
    this.directory = join(runDirectory, safeInstance(instance));
    this.commands = `${this.directory}/cmd`;
    this.says = `${this.directory}/say`;
    this.lives = `${this.directory}/lives`;
  }

  /** One file of one incarnation. `out` and `err` are its spools, which the log collector removes. */
  of(incarnation: number, what: "out" | "err" | "notify"): string {
    return `${what === "notify" ? this.directory : this.spools}/${incarnation}.${what}`;
  }
}
