// library-options.ts: what runners inside the user's own program have in common.
import { incarnationMark } from "@skelly-jelly/contract";
import type { ModuleIdentity } from "@skelly-jelly/module/internal";

export type Output = (stream: "out" | "err", line: string) => void;

export type LibraryOptions = {
  readonly system: string;
  /** The system's state folder; a module's own data is in `data/<id>` below it. */
  readonly home: string;
  /** Gets each line of each module. Default: this program's own stdout and stderr. */
  readonly output?: (instance: string, stream: "out" | "err", line: string) => void;
};

export function outputOf({ output }: LibraryOptions, instance: string): Output {
  if (output !== undefined) return (stream, line) => output(instance, stream, line);
  return (stream, line) => {
    const to = stream === "out" ? process.stdout : process.stderr;
    to.write(`${instance.replace(/#1$/, "")} | ${line}\n`);
  };
}

/** The link is this module's alone, so no token is needed to tell whose it is. */
export function identityOf(system: string, instance: string, incarnation: number): ModuleIdentity {
  const mark = incarnationMark(system, instance, incarnation);
  return { system, instance, incarnation, mark, token: "", pid: process.pid };
}
