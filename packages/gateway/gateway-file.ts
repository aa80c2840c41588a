// gateway-file.ts: the gateway's address and tokens, for those who may read the state folder. They outlive it.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { newToken, type Tokens } from "./access.ts";

export type GatewayFile = {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly socketPath: string;
  readonly tokens: Tokens;
};

type Known = { readonly port: number | null; readonly tokens: Tokens };

/** What an earlier life left, or fresh tokens. */
export function readGatewayFile(path: string): Known {
  try {
    const { port, tokens } = JSON.parse(readFileSync(path, "utf8")) as Partial<GatewayFile>;
    if (typeof tokens?.read === "string" && typeof tokens.control === "string") {
      return { port: typeof port === "number" ? port : null, tokens };
    }
  } catch {
    // Not there yet, or torn: then everything is new.
  }
  return { port: null, tokens: { read: newToken(), control: newToken() } };
}

export function writeGatewayFile(path: string, file: GatewayFile): void {
  const part = `${path}.tmp`;
  writeFileSync(part, `${JSON.stringify(file)}\n`, { mode: 0o600 });
  renameSync(part, path);
}
