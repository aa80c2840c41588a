// hub-state.ts: what all connections of a hub share: table, limits, users, counters.
import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";
import {
  HUB_LIMITS,
  type HubLimits,
  type HubOptions,
  type HubUser,
  sameSecret,
} from "./hub-options.ts";
import { FlushRound } from "./outbox.ts";
import { Access } from "./permissions.ts";
import type { RoutingTable } from "./routing-table.ts";

/** What a hub tells of itself, protocol names apart. */
export const HUB_VERSION = "0.1.0";

/** A connection, as the hub as a whole sees it. */
export type Member = {
  readonly id: number;
  readonly userName: string | null;
  readonly isTrusted: boolean;
  readonly queueDepth: number;
  tell(text: string): void;
  sweep(): void;
  reload(access: Access | null): void;
  end(): void;
};

/** The hub's state by its table: a port that is served on a hub's bus belongs to the hub. */
const states = new WeakMap<RoutingTable, HubState>();

export class HubState {
  readonly members = new Set<Member>();
  /** Called when the last connection has ended. */
  onEmpty: () => void = () => undefined;
  readonly table: RoutingTable;
  readonly clock: Clock;
  readonly round = new FlushRound();
  readonly counts = { inMsgs: 0, outMsgs: 0, inBytes: 0, outBytes: 0, slowConsumers: 0 };
  readonly log: (line: string) => void;
  limits: HubLimits;
  port: number | null = null;
  lameDuck = false;
  readonly #options: Pick<HubOptions, "host" | "serverName" | "token">;
  readonly #serverId = randomBytes(16).toString("hex").toUpperCase();
  #users: ReadonlyMap<string, HubUser>;
  #lastId = 0;

  constructor(
    table: RoutingTable,
    clock: Clock,
    options: Pick<HubOptions, "host" | "serverName" | "token" | "users" | "limits" | "log">,
  ) {
    this.table = table;
    this.clock = clock;
    this.#options = options;
    this.limits = { ...HUB_LIMITS, ...options.limits };
    this.log = options.log ?? (() => undefined);
    this.#users = byName(options.users);
    states.set(table, this);
  }

  static of(table: RoutingTable): HubState | undefined {
    return states.get(table);
  }

  gone(member: Member): void {
    this.members.delete(member);
    if (this.members.size === 0) this.onEmpty();
  }

  get authRequired(): boolean {
    return this.#users.size > 0 || this.#options.token !== undefined;
  }

  get openAccess(): Access {
    return new Access(null, this.clock);
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  info(clientId: number): object {
    const { host, serverName } = this.#options;
    return {
      server_id: this.#serverId,
      server_name: serverName ?? "skelly",
      version: HUB_VERSION,
      proto: 1,
      host: host ?? "127.0.0.1",
      port: this.port ?? 0,
      headers: true,
      max_payload: this.limits.maxPayload,
      client_id: clientId,
      ...(this.authRequired && { auth_required: true }),
      ...(this.lameDuck && { ldm: true }),
    };
  }

  /** `user: null`: by token. */
  authenticate(
    options: Readonly<Record<string, unknown>>,
  ): { readonly user: string | null; readonly access: Access } | null {
    const { user, pass, auth_token: token } = options;
    if (typeof user === "string" && typeof pass === "string") {
      const known = this.#users.get(user);
      // Compared even when there is no such user, so that the time taken does not tell.
      const right = sameSecret(known?.password ?? "", pass);
      if (known === undefined || !right) return null;
      return { user, access: new Access(known.permissions ?? null, this.clock) };
    }
    const expected = this.#options.token;
    if (typeof token !== "string" || expected === undefined) return null;
    return sameSecret(expected, token) ? { user: null, access: this.openAccess } : null;
  }

  /** Answers, for a user that is connected, its new rules; `null`: it may not stay. */
  reload(
    users: readonly HubUser[],
    limits: Partial<HubLimits>,
  ): (userName: string | null) => Access | null {
    const before = this.#users;
    this.#users = byName(users);
    this.limits = { ...this.limits, ...limits };
    return (userName) => {
      if (userName === null) return this.authRequired ? null : this.openAccess;
      const now = this.#users.get(userName);
      if (now === undefined || now.password !== before.get(userName)?.password) return null;
      return new Access(now.permissions ?? null, this.clock);
    };
  }

  received(bytes: number): void {
    this.counts.inMsgs += 1;
    this.counts.inBytes += bytes;
  }

  sent(bytes: number): void {
    this.counts.outMsgs += 1;
    this.counts.outBytes += bytes;
  }

  slowConsumer(): void {
    this.counts.slowConsumers += 1;
  }
}

function byName(users: readonly HubUser[]): ReadonlyMap<string, HubUser> {
  return new Map(users.map((user) => [user.user, user]));
}
