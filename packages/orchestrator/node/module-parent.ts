// module-parent.ts: the parent process of one instance as the orchestrator sees it: raise it, or find
// it again after an earlier orchestrator; speak to it; hear when it is gone.
import { FifoWriter, readFifoLines } from "./fifo.ts";
import type { InstancePath } from "./instance-path.ts";
import type { ParentRaiser } from "./parent-raiser.ts";
import { QUIT_LINE } from "./parent-script.ts";
import { isAlive, type ProcessIdentity, parseStat, sendSignal } from "./process-identity.ts";
import type { RaiseRequest } from "./raise-request.ts";

type Lines = { readonly writer: FifoWriter; readonly reader: { close(): void } };

type ParentState =
  | { readonly kind: "absent" }
  /** Asked for; its FIFOs are not there yet. What is to be said waits here. */
  | { readonly kind: "raising"; readonly unsaid: string[] }
  /** Its FIFOs are open; it may not have spoken yet. */
  | { readonly kind: "open"; readonly lines: Lines; readonly identity: ProcessIdentity | null };

export type ParentHooks = {
  /** It is in place; one flag for each of its cgroups: whether it is inside. */
  readonly up: (inside: readonly boolean[]) => void;
  /** `pid`, `no`, `exit` or `bad`, and what follows it. */
  readonly said: (words: readonly string[], rest: string) => void;
  /** It is no longer there; whatever it had started may still be. */
  readonly gone: (reason: string) => void;
};

/** How long a dead parent's last words may take to come through its FIFO. */
const LAST_WORDS_MS = 20;

export class ModuleParent {
  private readonly path: InstancePath;
  private readonly hooks: ParentHooks;
  private state: ParentState = { kind: "absent" };
  /** Counts parents: what is heard of an earlier one is not about the present one. */
  private generation = 0;

  constructor(path: InstancePath, hooks: ParentHooks) {
    this.path = path;
    this.hooks = hooks;
  }

  get identity(): ProcessIdentity | null {
    return this.state.kind === "open" ? this.state.identity : null;
  }

  get isAbsent(): boolean {
    return this.state.kind === "absent";
  }

  raise(raiser: ParentRaiser, how: Pick<RaiseRequest, "mark" | "cgroupFiles">): void {
    const raising: ParentState = { kind: "raising", unsaid: [] };
    this.state = raising;
    this.generation += 1;
    const generation = this.generation;
    const gone = (reason: string): void => {
      // When it had its end of the FIFO open, the FIFO says so, after its last words.
      setTimeout(() => {
        if (this.generation === generation) this.lost(reason);
      }, LAST_WORDS_MS);
    };
    raiser.raise({
      path: this.path,
      ...how,
      fifosReady: () => {
        if (this.state !== raising) return;
        this.open(null);
        for (const line of raising.unsaid) this.say(line);
      },
      gone,
    });
  }

  /** Takes charge of a living one; false when it has died meanwhile. */
  attach(identity: ProcessIdentity): boolean {
    this.generation += 1;
    this.open(identity);
    if (isAlive(identity)) return true;
    this.detach();
    return false;
  }

  say(line: string): void {
    if (this.state.kind === "open") this.state.lines.writer.write(line);
    else if (this.state.kind === "raising") this.state.unsaid.push(line);
  }

  /** It ends once its present incarnation has ended. */
  quit(): void {
    this.say(QUIT_LINE);
  }

  kill(): void {
    const identity = this.identity;
    if (identity !== null && isAlive(identity)) sendSignal(identity.pid, "SIGKILL");
  }

  /** Lets go of it without a word. */
  detach(): void {
    if (this.state.kind === "open") {
      this.state.lines.reader.close();
      this.state.lines.writer.close();
    }
    this.state = { kind: "absent" };
  }

  private open(identity: ProcessIdentity | null): void {
    const reader = readFifoLines(
      this.path.says,
      (line) => this.heard(line),
      () => this.lost("its end of the FIFO was closed"),
    );
    // A parent that no longer reads its commands is of no use, and its module is not in hand.
    const writer = new FifoWriter(this.path.commands, () => this.kill());
    this.state = { kind: "open", lines: { reader, writer }, identity };
  }

  private heard(line: string): void {
    const words = line.split(" ");
    if (words[0] !== "up") return this.hooks.said(words, line.split(" ").slice(2).join(" "));
    if (this.state.kind !== "open") return;
    const identity = parseStat(words.slice(2).join(" "));
    this.state = { ...this.state, identity };
    this.hooks.up([...(words[1] ?? "")].map((digit) => digit === "1"));
  }

  private lost(reason: string): void {
    if (this.state.kind === "absent") return;
    this.detach();
    this.hooks.gone(reason);
  }
}
