// gateway-wish.ts: whether somebody asked for a gateway. A daemon that died had no time to forget:
// the next one finds it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { GatewayWish } from "./hidden-modules.ts";

export type AskedGateway = {
  readonly now: GatewayWish | null;
  ask(wish: GatewayWish): void;
  /** Back to what it was before the last asking. */
  takeBack(): void;
  /** At a proper end: nobody has asked the next one. */
  forget(): void;
};

export function createGatewayWish(path: string): AskedGateway {
  let now = readWish(path);
  let before = now;
  const keep = (): void => {
    if (now === null) rmSync(path, { force: true });
    else writeFileSync(path, `${JSON.stringify(now)}\n`, { mode: 0o600 });
  };
  return {
    get now() {
      return now;
    },
    ask(wish) {
      before = now;
      // Whoever asks without a port is content with where it is.
      now = { port: wish.port ?? now?.port ?? null };
      keep();
    },
    takeBack() {
      now = before;
      keep();
    },
    forget() {
      now = null;
      keep();
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
