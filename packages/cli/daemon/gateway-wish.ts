// gateway-wish.ts: whether somebody asked for a gateway. A daemon that died had no time to forget: the next one finds it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { GatewayWish } from "./hidden-modules.ts";

export type AskedGateway = {
  readonly now: GatewayWish | null;
  ask(wish: GatewayWish): void;
  /** At a proper end: nobody has asked the next one. */
  forget(): void;
};

export function createGatewayWish(path: string): AskedGateway {
  let now = readWish(path);
  return {
    get now() {
      return now;
    },
    ask(wish) {
      // Whoever asks without a port is content with where it is.
      now = { port: wish.port ?? now?.port ?? null };
      writeFileSync(path, `${JSON.stringify(now)}\n`, { mode: 0o600 });
    },
    forget() {
      now = null;
      rmSync(path, { force: true });
    },
  };
}

function readWish(path: string): GatewayWish | null {
  try {
    const { port } = JSON.parse(readFileSync(path, "utf8")) as { port?: unknown };
    return { port: typeof port === "number" ? port : null };
  } catch {
    // Not there, or torn when the machine went down: then nobody has asked.
    return null;
  }
}
