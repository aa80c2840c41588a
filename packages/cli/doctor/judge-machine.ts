// judge-machine.ts: what the machine's offers mean for a system of modules. Pure.
import { counted } from "../render/amounts.ts";
import { type Check, missing, ok, warn } from "./check.ts";
import type { CommandName, GroupFacts, MachineFacts } from "./machine-facts.ts";

/** What the modules of the configuration ask of the machine; zeros when there is none. */
export type Needs = {
  readonly modules: number;
  readonly limited: number;
  readonly users: number;
  /** The largest `limits.fileHandles`. */
  readonly fileHandlesMax: number;
};

/** Each module costs the orchestrator a few: its spool, its log, its channel, its control. */
const FILES_PER_MODULE = 8;
const FILES_BASE = 64;
/** A module, its parent, and what it starts itself. */
const PROCESSES_PER_MODULE = 4;
const WATCHES_PER_MODULE = 2;
const SLOW_CLOCKS: ReadonlySet<string> = new Set(["hpet", "acpi_pm", "jiffies"]);
/** A clock before this was never set. */
const CLOCK_MIN_MS = Date.UTC(2024, 0, 1);

export function judgeMachine(facts: MachineFacts, needs: Needs): readonly Check[] {
  return [
    platform(facts),
    ...commands(facts, needs),
    clock(facts),
    native(facts),
    ...groups(facts, needs),
    ...files(facts, needs),
    processes(facts, needs),
    inotify(facts, needs),
    pressure(facts),
  ];
}

function platform({ platform: name, arch, kernel }: MachineFacts): Check {
  const found = `${name} ${arch}, kernel ${kernel}`;
  if (name === "linux" && (arch === "x64" || arch === "arm64"))
    return ok("machine", "platform", found);
  return warn("machine", "platform", {
    found,
    means: "Skelly is tried on Linux on x64 and arm64; elsewhere it has what the platform offers",
    todo: "expect readings that are unknown; tell us what does not work",
  });
}

type Wish = {
  readonly needed: (needs: Needs) => boolean;
  readonly use: string;
  readonly without: string;
  readonly debian: string;
};

const WISHES: Readonly<Record<CommandName, Wish>> = {
  sh: {
    needed: () => true,
    use: "each process module runs under a small shell that keeps its exit code",
    without: "no process module can be started",
    debian: "dash",
  },
  mkfifo: {
    needed: () => true,
    use: "the channel to a module's parent",
    without: "no process module can be started",
    debian: "coreutils",
  },
  setpriv: {
    needed: ({ users }) => users > 0,
    use: "modules with `user:`, and children that end with their host",
    without: "`user:` cannot be kept; a library's children outlive a host that is killed",
    debian: "util-linux",
  },
  perl: {
    needed: () => false,
    use: "starts many modules at once",
    without: "a system of many modules starts more slowly; nothing else",
    debian: "perl-base",
  },
  fallocate: {
    needed: () => false,
    use: "gives back the space of output that was copied",
    without: "the spool of a module's output grows until its next start",
    debian: "util-linux",
  },
};

function commands({ commands: found }: MachineFacts, needs: Needs): Check[] {
  return (Object.keys(WISHES) as CommandName[]).map((name) => {
    const { needed, use, without, debian } = WISHES[name];
    const path = found[name];
    if (path !== null) return ok("machine", name, path, use);
    const trouble = {
      found: "not on the PATH",
      means: without,
      todo: `install it (Debian: apt-get install ${debian})`,
    };
    return needed(needs) ? missing("machine", name, trouble) : warn("machine", name, trouble);
  });
}

function clock({ clockSource, wallMs }: MachineFacts): Check {
  if (wallMs < CLOCK_MIN_MS) {
    return warn("machine", "clock", {
      found: new Date(wallMs).toISOString(),
      means: "the clock was never set: times in logs and journal are wrong (timers are not)",
      todo: "set it, for example with systemd-timesyncd or chrony",
    });
  }
  if (clockSource !== null && SLOW_CLOCKS.has(clockSource)) {
    return warn("machine", "clock", {
      found: `source ${clockSource}`,
      means: "each look at the clock costs a call into the kernel",
      todo: "see /sys/devices/system/clocksource; on virtual machines choose tsc or kvm-clock",
    });
  }
  return ok("machine", "clock", clockSource === null ? "set" : `source ${clockSource}`);
}

function native({ native: by }: MachineFacts): Check {
  if (by !== null) {
    return ok("machine", "memory trim", by, "pages that only the start needed are given back");
  }
  return warn("machine", "memory trim", {
    found: "neither node:ffi nor koffi",
    means: "the orchestrator keeps about 10 MB that only its start needed",
    todo: "npm install koffi (optional)",
  });
}

const kept = ({ controllers }: GroupFacts): string => controllers.join(", ");

function groups({ cgroupV2, cgroupV1 }: MachineFacts, { limited }: Needs): Check[] {
  const v2 = cgroupV2?.writable === true && cgroupV2.controllers.length > 0;
  const v1 = cgroupV1?.writable === true;
  const uses = "limits are kept by the kernel";
  const checks: Check[] = [];
  if (v2) checks.push(ok("limits", "cgroup v2", `writable: ${kept(cgroupV2)}`, uses));
  else if (cgroupV2?.writable === true) {
    checks.push(
      ok(
        "limits",
        "cgroup v2",
        "writable, without controllers",
        "every process of a module is known",
      ),
    );
  }
  if (v1) checks.push(ok("limits", "cgroup v1", `writable: ${kept(cgroupV1)}`, uses));
  if (v1 || v2) return checks;
  const there = cgroupV2 !== null || cgroupV1 !== null;
  const found = there ? "there, but not for this user" : "not there";
  return [
    ...checks,
    warn("limits", "cgroups", {
      found,
      means:
        `cpu, memory and thread limits are watched and kept by pauses, not by the kernel` +
        (limited > 0 ? ` (${counted(limited, "module")} with limits)` : ""),
      todo: "run under systemd with Delegate=yes (`skelly export systemd`), or as root",
    }),
  ];
}

function files({ openFiles: { soft, hard } }: MachineFacts, needs: Needs): Check[] {
  const wanted = FILES_BASE + FILES_PER_MODULE * needs.modules;
  const shown = `${soft ?? "unlimited"} (at most ${hard ?? "unlimited"})`;
  const todo = "raise it: `ulimit -n`, or LimitNOFILE= in the unit";
  const checks: Check[] = [];
  if (soft !== null && soft < wanted) {
    const means = `${counted(needs.modules, "module")} need about ${wanted}`;
    checks.push(warn("limits", "open files", { found: shown, means, todo }));
  } else checks.push(ok("limits", "open files", shown));
  if (hard !== null && needs.fileHandlesMax > hard) {
    checks.push(
      warn("limits", "limits.fileHandles", {
        found: `${needs.fileHandlesMax} asked for, ${hard} at most`,
        means: "a module cannot have more than this user may",
        todo,
      }),
    );
  }
  return checks;
}

function processes({ processes: limit }: MachineFacts, { modules }: Needs): Check {
  const wanted = PROCESSES_PER_MODULE * modules;
  const found = limit === null ? "unlimited" : String(limit);
  if (limit === null || limit >= wanted) return ok("limits", "processes", found);
  return warn("limits", "processes", {
    found,
    means: `${counted(modules, "module")} may need ${wanted}, all of this user's counted together`,
    todo: "raise it: `ulimit -u`, or LimitNPROC= in the unit",
  });
}

function inotify(facts: MachineFacts, { modules }: Needs): Check {
  const { inotifyWatches: watches, inotifyInstances: instances } = facts;
  const wanted = 16 + WATCHES_PER_MODULE * modules;
  const found =
    watches === null
      ? "unknown"
      : `${watches} watches, ${instances ?? "unknown"} instances for all of this user's programs`;
  if ((watches === null || watches >= wanted) && (instances === null || instances >= 16)) {
    return ok("limits", "inotify", found);
  }
  return warn("limits", "inotify", {
    found,
    means: "changes of the configuration or of logs may be seen late, or not at all",
    todo: "sysctl fs.inotify.max_user_watches=65536 fs.inotify.max_user_instances=128",
  });
}

function pressure({ pressure: has }: MachineFacts): Check {
  if (has)
    return ok("limits", "pressure (PSI)", "there", "a machine short of memory or cpu is noticed");
  return warn("limits", "pressure (PSI)", {
    found: "not there",
    means: "whether the whole machine is short of memory or cpu is not known",
    todo: "boot with psi=1 (a kernel since 4.20)",
  });
}
