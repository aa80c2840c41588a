// judge-system.ts: the runtime, the state folder, the configuration and the orchestrator, judged. Pure.
import { isError, type Problem, type SystemStatusReport } from "@skelly-jelly/contract";
import { counted, size } from "../render/amounts.ts";
import type { Runtime } from "../runtime.ts";
import type { DaemonFile } from "../state-paths.ts";
import { type Check, missing, ok, warn } from "./check.ts";
import type { StateFacts } from "./machine-facts.ts";

export type RuntimeFacts = {
  readonly version: string;
  readonly found: readonly Runtime[];
  /** The one in use; else why there is none. */
  readonly used: Runtime | null;
  readonly trouble: string | null;
  /** Files of the program that are not there. */
  readonly lacks: readonly string[];
};

export function judgeRuntime({ version, found, used, trouble, lacks }: RuntimeFacts): Check[] {
  const others = found.filter(({ path }) => path !== used?.path);
  const also = others.map(({ path, version: of }) => `${of} (${path})`).join(", ");
  const program =
    lacks.length === 0
      ? ok("runtime", "program", `skelly ${version}`)
      : missing("runtime", "program", {
          found: `not there: ${lacks.join(", ")}`,
          means: "the installation is not complete",
          todo: "install it again; in its repository: npm run build",
        });
  if (used === null) {
    const found_ = also === "" ? "none" : also;
    const means = trouble ?? "the orchestrator needs Node.js 22.18 or later";
    const todo = "install Node.js 24, or set SKELLY_NODE to its path";
    return [program, missing("runtime", "Node.js", { found: found_, means, todo })];
  }
  const shown = `${used.version} (${used.path})`;
  const rest = also === "" ? null : `also here: ${also}`;
  return [program, ok("runtime", "Node.js", shown, rest)];
}

const FREE_WARN_BYTES = 200e6;
const FREE_MIN_BYTES = 5e6;

export function judgeState(facts: StateFacts): Check[] {
  const { home, trouble, freeBytes, socket, socketElsewhere, journalsDamaged } = facts;
  const checks: Check[] = [
    trouble === null
      ? ok("state", "folder", home)
      : missing("state", "folder", {
          found: `${home} cannot be written: ${trouble}`,
          means: "`skelly up` cannot keep its journal, its logs and its socket",
          todo: "give yourself the right to write there, or set SKELLY_HOME",
        }),
  ];
  const free = size(freeBytes, "unknown");
  const space = { found: `${free} free`, todo: "make room, or set SKELLY_HOME to another disk" };
  if (freeBytes !== null && freeBytes < FREE_MIN_BYTES) {
    const means = "journal and logs cannot be written";
    checks.push(missing("state", "disk", { ...space, means }));
  } else if (freeBytes !== null && freeBytes < FREE_WARN_BYTES) {
    const means = "logs may fill it: see `logs: { maxSize, keep }`";
    checks.push(warn("state", "disk", { ...space, means }));
  } else checks.push(ok("state", "disk", `${free} free`));
  const why = socketElsewhere ? "its usual path is too long for the kernel" : null;
  checks.push(ok("state", "socket", socket, why));
  if (journalsDamaged > 0) {
    checks.push(
      warn("state", "journal", {
        found: `${counted(journalsDamaged, "damaged journal")} kept`,
        means: "a journal was damaged once and begun anew; what it knew before is in the file kept",
        todo: `look at the disk, then delete ${home}/journal.db.corrupt-*`,
      }),
    );
  }
  return checks;
}

export type SystemFacts = {
  readonly configFile: string | null;
  readonly problems: readonly Problem[];
  readonly modules: number | null;
  readonly version: string;
  readonly daemonFile: DaemonFile | null;
  readonly daemonAlive: boolean;
  /** `null`: it does not answer. */
  readonly status: SystemStatusReport | null;
};

export function judgeSystem(facts: SystemFacts): Check[] {
  return [config(facts), orchestrator(facts), ...whileItRuns(facts)];
}

function config({ configFile, problems, modules }: SystemFacts): Check {
  if (configFile === null) {
    return warn("system", "configuration", {
      found: "none here or above",
      means: "only the machine was looked at",
      todo: "skelly init, or name one with -c FILE",
    });
  }
  const wrong = problems.filter(isError).length;
  if (wrong > 0 || modules === null) {
    return missing("system", "configuration", {
      found: `${configFile}: ${counted(Math.max(1, wrong), "mistake")}`,
      means: "`skelly up` refuses it; a running system keeps the last good one",
      todo: "skelly validate",
    });
  }
  const warnings = problems.length === 0 ? "" : `, ${counted(problems.length, "warning")}`;
  const found = `${configFile}: ${counted(modules, "module")}${warnings}`;
  if (warnings === "") return ok("system", "configuration", found);
  return warn("system", "configuration", {
    found,
    means: "it is right, with something to look at",
    todo: "skelly validate",
  });
}

function orchestrator({ daemonFile, daemonAlive, status }: SystemFacts): Check {
  if (status !== null) {
    const { pid, rssBytes } = status.orchestrator;
    return ok(
      "system",
      "orchestrator",
      `pid ${pid}, ${size(rssBytes, "unknown")}, ${status.status}`,
    );
  }
  if (daemonFile === null) return ok("system", "orchestrator", "not running");
  if (daemonAlive) {
    return missing("system", "orchestrator", {
      found: `pid ${daemonFile.pid} lives, but its control socket does not answer`,
      means: "its modules run on; nobody can ask it anything",
      todo: `read .skelly/daemon.log; end it with \`kill ${daemonFile.pid}\`, then skelly up`,
    });
  }
  return warn("system", "orchestrator", {
    found: `pid ${daemonFile.pid}, started ${daemonFile.startedAt}, ended without a word`,
    means: "its modules may still run",
    todo: "skelly up takes charge of them again; skelly why system tells what was so last",
  });
}

function whileItRuns({ configFile, version, daemonFile, status }: SystemFacts): Check[] {
  if (status === null) return [];
  const { orchestrator: own, modules } = status;
  const checks: Check[] = [];
  if (own.version !== version) {
    checks.push(
      warn("system", "version", {
        found: `the orchestrator is ${own.version}, this command ${version}`,
        means: "the orchestrator was started by another installation, or before an update",
        todo: "skelly down, then skelly up",
      }),
    );
  }
  if (daemonFile !== null && daemonFile.pid !== own.pid) {
    checks.push(
      warn("system", "state files", {
        found: `daemon.json names pid ${daemonFile.pid}, who answers is ${own.pid}`,
        means: "the state folder was copied or written by somebody else",
        todo: "skelly down, then skelly up",
      }),
    );
  }
  if (daemonFile !== null && configFile !== null && daemonFile.configFile !== configFile) {
    checks.push(
      warn("system", "file in force", {
        found: daemonFile.configFile,
        means: `the orchestrator was started with that file, not with ${configFile}`,
        todo: "name the one you mean with -c FILE",
      }),
    );
  }
  checks.push(
    own.journal === "available"
      ? ok("system", "journal", "available")
      : warn("system", "journal", {
          found: own.journal,
          means: "supervision goes on; what happens may not be remembered",
          todo: "look at the disk and the rights of .skelly/journal.db",
        }),
  );
  const ways = [...new Set(modules.map(({ enforcement }) => enforcement))].filter(
    (way) => way !== "none",
  );
  if (ways.length > 0) checks.push(ok("system", "limits in force", ways.join(", ")));
  return checks;
}
