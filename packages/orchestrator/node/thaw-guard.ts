// thaw-guard.ts: sees to it that what we froze runs on when we die while it is frozen.
import { type ChildProcess, spawn } from "node:child_process";

/**
 * A shell that reads who is frozen, a line each time. Its input ends when we do, however that comes:
 * then it continues them. `$1`: the file that freezes a group, or empty. A group's line is `group`.
 */
const GUARD = `sk_l=
while IFS= read -r sk_n; do sk_l=$sk_n; done
case $sk_l in
group) echo 0 >"$1" ;;
?*) kill -CONT $sk_l ;;
esac
`;

export class ThawGuard {
  private readonly child: ChildProcess;
  private said = "";

  /** `freezeFile`: of the cgroup, when that is what freezes. */
  constructor(freezeFile: string | null) {
    this.child = spawn("/bin/sh", ["-c", GUARD, "skelly-thaw-guard", freezeFile ?? ""], {
      cwd: "/",
      stdio: ["pipe", "ignore", "ignore"],
      // No Ctrl-C of a terminal reaches it.
      detached: true,
    });
    // Without it what is frozen is thawed by the next orchestrator; supervision goes on.
    this.child.on("error", () => {});
    this.child.stdin?.on("error", () => {});
    this.child.unref();
    (this.child.stdin as { unref?: () => void } | null)?.unref?.();
  }

  /** Before they are frozen. */
  remember(pids: readonly number[] | "group"): void {
    const line = pids === "group" ? pids : pids.join(" ");
    if (line === this.said) return;
    this.said = line;
    this.child.stdin?.write(`${line}\n`);
  }

  /** Nothing is frozen any more: it has nothing to do and ends. */
  close(): void {
    this.child.stdin?.end("\n");
  }
}
