// bus-users.ts: who may say what on the bus, and the file in which hub and daemon agree on it.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { ModuleDescriptor, SystemDescriptor } from "@skelly-jelly/contract";
import type { HubPermissions, HubUser } from "@skelly-jelly/event-bus";

/** What `.skelly/bus.json` holds (0600); it outlasts hub and daemon, so that clients find their way back. */
export type BusFile = {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly socketPath: string;
  readonly serverName: string;
  readonly users: readonly HubUser[];
};

export const ORCHESTRATOR_USER = "skelly-orchestrator";

/** Reads the file, brings it up to date with the system, and writes it when it changed. */
export async function prepareBus(
  path: string,
  system: SystemDescriptor,
  socketPath: string,
): Promise<BusFile> {
  const before = read(path);
  const passwords = new Map(before?.users.map(({ user, password }) => [user, password]));
  const passwordOf = (user: string): string =>
    passwords.get(user) ?? randomBytes(24).toString("base64url");
  const file: BusFile = {
    host: "127.0.0.1",
    port: system.bus.port ?? before?.port ?? (await freePort()),
    socketPath,
    serverName: system.name,
    users: [
      { user: ORCHESTRATOR_USER, password: passwordOf(ORCHESTRATOR_USER), permissions: null },
      ...system.modules
        .filter(({ bus }) => bus !== null)
        .map((module) => ({
          user: module.id,
          password: passwordOf(module.id),
          permissions: permissionsOf(module, system.name),
        })),
    ],
  };
  const text = `${JSON.stringify(file, null, 1)}\n`;
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  }
  return file;
}

/** `nats://user:password@host:port` for one user; null when it may not join. */
export function busUrl(file: BusFile, user: string): string | null {
  const known = file.users.find((each) => each.user === user);
  if (known === undefined) return null;
  return `nats://${encodeURIComponent(user)}:${known.password}@${file.host}:${file.port}`;
}

/** Nobody but the orchestrator speaks for it; a module may report errors of its own. */
function permissionsOf({ id, bus }: ModuleDescriptor, system: string): HubPermissions | null {
  if (bus === null) return null;
  const families = ["lifecycle", "health", "error", "config", "metrics", "system"];
  const name = token(system);
  return {
    publish: {
      allow: [...bus.publish.allow, `skelly.${name}.report.${token(id)}`],
      deny: [...bus.publish.deny, ...families.map((family) => `skelly.${name}.${family}.>`)],
    },
    subscribe: bus.subscribe,
  };
}

export const token = (text: string): string => text.replace(/[^a-zA-Z0-9_-]/g, "_");

function read(path: string): BusFile | null {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<BusFile>;
    return Array.isArray(value.users) && typeof value.port === "number" ? (value as BusFile) : null;
  } catch {
    // None yet, or broken by hand: a fresh one is as good.
    return null;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
