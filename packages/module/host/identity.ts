// identity.ts: who a module is, as its environment tells it.
import { join } from "node:path";
import { CONTROL_ENV } from "@skelly-jelly/contract";

export type ModuleIdentity = {
  readonly system: string;
  /** `api#1`. */
  readonly instance: string;
  readonly incarnation: number;
  /** The marker as it was given: `system/module#n/k`. */
  readonly mark: string;
  readonly token: string;
  readonly pid: number;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The module's id: its instance without `#n`. */
export const idOf = (instance: string): string => instance.replace(/#\d+$/, "");

/** Reads `system/module#n/k`; `null` when it is not such a marker. */
export function parseMark(
  mark: string,
): Pick<ModuleIdentity, "system" | "instance" | "incarnation"> | null {
  const match = /^(.+?)\/([^/]+)\/(\d+)$/.exec(mark);
  if (match === null) return null;
  return {
    system: match[1] as string,
    instance: match[2] as string,
    incarnation: Number(match[3]),
  };
}

export type ControlEnvironment = {
  readonly identity: ModuleIdentity;
  /** `null` in a thread whose link is a message port. */
  readonly socketPath: string | null;
  /** `null`: it may not join the bus. */
  readonly bus: { readonly url: string; readonly socketPath: string | null } | null;
  readonly dataDirectory: string;
};

/** What the orchestrator put into the environment; a sentence when something is missing. */
export function readEnvironment(env: Environment, pid: number): ControlEnvironment | string {
  const mark = env[CONTROL_ENV.incarnation];
  const token = env[CONTROL_ENV.token];
  if (mark === undefined || token === undefined) {
    return (
      `${CONTROL_ENV.incarnation} and ${CONTROL_ENV.token} are not set: this program is started by ` +
      "the orchestrator. To run a module alone, use testModule from @skelly-jelly/module/harness."
    );
  }
  const who = parseMark(mark);
  if (who === null)
    return `${CONTROL_ENV.incarnation} is not of the form system/module#n/k: ${mark}`;
  const url = env[CONTROL_ENV.busUrl];
  return {
    identity: { ...who, mark, token, pid },
    socketPath: env[CONTROL_ENV.socket] ?? null,
    bus: url === undefined ? null : { url, socketPath: env[CONTROL_ENV.busSocket] ?? null },
    dataDirectory: dataDirectoryOf(env[CONTROL_ENV.home] ?? ".skelly", who.instance),
  };
}

/** `<home>/data/<id>`; further instances have one each. */
export function dataDirectoryOf(home: string, instance: string): string {
  const name = instance.replace(/#1$/, "").replace(":", "-");
  return join(home, "data", name);
}
