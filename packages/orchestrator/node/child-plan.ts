// child-plan.ts: from a descriptor to what the shell is told; what cannot work is refused by name here.
import { CONTROL_ENV, type Failure, failure, incarnationMark } from "@skelly-jelly/contract";
import type { StartRequest } from "../ports/module-runner.ts";
import { findCommand, findUser, missingInterpreter } from "./command-lookup.ts";
import { InstancePath } from "./instance-path.ts";
import type { ChildSettings } from "./parent-script.ts";
import { deathSignal, type RunnerShared } from "./runner-shared.ts";

export type ChildPlan = { readonly settings: ChildSettings } | { readonly failure: Failure };

export function planChild(shared: RunnerShared, request: StartRequest): ChildPlan {
  const { descriptor, instance } = request;
  const refuse = (reason: string): ChildPlan => ({
    failure: failure("SPAWN_FAILED", { module: instance, reason }),
  });
  const argv = commandLine(shared, request);
  if (typeof argv === "string") return refuse(argv);
  const prefix = prefixFor(shared, descriptor.user);
  if (typeof prefix === "string") return refuse(prefix);
  const notifyFd = descriptor.ready?.ask.kind === "notify-fd" ? descriptor.ready.ask.fd : null;
  if (notifyFd !== null && !(Number.isInteger(notifyFd) && notifyFd >= 3 && notifyFd <= 9)) {
    return refuse(`its notify descriptor must be between 3 and 9, not ${notifyFd}`);
  }
  const env = childEnv(shared, request);
  const path = env["PATH"] ?? shared.parentEnv["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const missing = missingCommand(argv[0] ?? "", descriptor.cwd, path);
  if (missing !== null) {
    return { failure: failure("COMMAND_NOT_FOUND", { module: instance, command: missing }) };
  }
  return {
    settings: {
      mark: incarnationMark(shared.options.system, instance, 0).replace(/\/0$/, ""),
      argv,
      cwd: descriptor.cwd,
      env,
      spools: new InstancePath(shared.runDirectory, instance, shared.options.spoolDirectory).spools,
      umask: descriptor.umask,
      fileHandles: descriptor.limits.fileHandles ?? null,
      notifyFd,
      prefix,
    },
  };
}

/** The command line, or why there is none. */
function commandLine(
  { options }: RunnerShared,
  { descriptor }: StartRequest,
): readonly string[] | string {
  const { run } = descriptor;
  if (run.kind === "command") return run.argv.length > 0 ? run.argv : "its command is empty";
  if (run.kind === "shell") return ["/bin/sh", "-c", run.line];
  if (run.kind === "definition") return "a definition held by a program cannot run as a process";
  return options.entryCommand?.(run.file) ?? "this runner has no command for entry files";
}

/** What stands before the command line, or why it cannot. */
function prefixFor(shared: RunnerShared, user: string | null): readonly string[] | string {
  const { setpriv, options } = shared;
  const dies = options.dieWithHost === true && setpriv !== null ? deathSignal(setpriv) : [];
  if (user === null) return dies;
  const found = findUser(user);
  if (found === null) return `there is no user '${user}'`;
  if (process.getuid?.() === found.uid) return dies;
  if (process.getuid?.() !== 0) return `only root may start it as user '${user}'`;
  if (setpriv === null) return `'setpriv' is needed to start it as user '${user}'`;
  const become = [`--reuid=${found.uid}`, `--regid=${found.gid}`, "--init-groups"];
  return [...(dies.length > 0 ? dies : [setpriv]), ...become];
}

function childEnv(shared: RunnerShared, request: StartRequest): Record<string, string> {
  const socket = shared.options.controlSocket ?? null;
  return {
    ...request.descriptor.env,
    ...(socket === null ? {} : { [CONTROL_ENV.socket]: socket }),
    ...shared.options.extraEnv?.(request),
  };
}

/** What would make `exec` fail, or `null`. A folder that is not there is the shell's to report. */
function missingCommand(command: string, cwd: string, path: string): string | null {
  const file = findCommand(command, cwd, path);
  return file === null ? command : missingInterpreter(file);
}
