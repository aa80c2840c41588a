// dashboard.ts: `skelly dashboard`: brings up the gateway, and shows the page's address with its token.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import type { GatewayFile } from "@skelly-jelly/gateway";
import { wholeNumber } from "../args.ts";
import { type Context, findPlace, type Place, withClient } from "../context.ts";
import { CommandError, EXIT, usageError } from "../exit-codes.ts";

const UP_TIMEOUT_MS = 30_000;
const PORT_MAX = 65_535;
const GATEWAY_ID = "skelly:gateway";

export async function run(context: Context): Promise<number> {
  const { args, terminal } = context;
  if (args.words.length > 0) throw usageError("`skelly dashboard` takes no words, only flags.");
  const port = args.value("port") === null ? null : wholeNumber(args, "port", 0);
  if (port !== null && (port < 1 || port > PORT_MAX)) {
    throw usageError(`--port must be 1 to ${PORT_MAX} (got '${args.value("port")}').`);
  }
  const place = findPlace(context);
  const file = await withClient(place, async (client) => {
    if (port !== null) await assertFree(port, place);
    await client.request("gateway-up", { port }, { timeoutMs: UP_TIMEOUT_MS });
    const status = await client.request("status", { all: true });
    return readyFile(place, status as unknown as SystemStatusReport);
  });
  const { url, socketPath, tokens } = file;
  const address = `${url}#token=${tokens.control}`;
  const look = `${url}#token=${tokens.read}`;
  const opened = !args.has("no-open") && !args.has("json") && open(address, context);
  if (args.has("json")) {
    terminal.print(JSON.stringify({ url, address, readOnlyAddress: look, socketPath }));
    return EXIT.done;
  }
  terminal.print(`${opened ? "Opened" : "Open"} ${address}`);
  terminal.print(`To look only: ${look}`);
  terminal.print(`The API: ${url}openapi.json, or without a token over ${socketPath}`);
  return EXIT.done;
}

/** Said at once, rather than after the gateway has tried it again and again. */
async function assertFree(port: number, { paths }: Place): Promise<void> {
  const own = existsSync(paths.gatewaySocket) && readGatewayFile(paths.gatewayFile)?.port === port;
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | null>((done) => {
    server.once("error", done);
    server.listen(port, "127.0.0.1", () => server.close(() => done(null)));
  });
  if (error === null || own) return;
  throw new CommandError(EXIT.failed, `Port ${port} cannot be had: ${error.message}.`, [
    "Name another with --port, or leave it out.",
  ]);
}

function readGatewayFile(path: string): GatewayFile | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as GatewayFile;
  } catch {
    // Not there, or torn: then no gateway of ours has the port.
    return null;
  }
}

/** The gateway writes its file before it says that it is ready. */
function readyFile({ paths }: Place, { modules }: SystemStatusReport): GatewayFile {
  const gateway = modules.find(({ id }) => id === GATEWAY_ID);
  if (gateway?.state === "running") {
    return JSON.parse(readFileSync(paths.gatewayFile, "utf8")) as GatewayFile;
  }
  const why = gateway?.failure?.message ?? `it is ${gateway?.state ?? "not there"}`;
  throw new CommandError(EXIT.failed, `The gateway did not come up: ${why}`, [
    `Read \`skelly logs ${GATEWAY_ID}\`.`,
  ]);
}

/** Where there is a screen; elsewhere the address is all that helps. */
function open(address: string, { env }: Context): boolean {
  const screen = env["DISPLAY"] || env["WAYLAND_DISPLAY"];
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const found = (env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, opener))
    .find((file) => existsSync(file));
  if (found === undefined || (process.platform !== "darwin" && !screen)) return false;
  const child = spawn(found, [address], { detached: true, stdio: "ignore" });
  child.on("error", () => {
    // The address has been printed: it can be opened by hand.
  });
  child.unref();
  return true;
}
