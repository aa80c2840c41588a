// main.ts: the program that is the gateway: `gateway.mjs [--port N]`, one of the orchestrator's hidden modules.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CONTROL_ENV } from "@skelly-jelly/contract";
import { type RunningGateway, startGateway } from "@skelly-jelly/gateway";
import { defineModule } from "@skelly-jelly/module";
import { runAsProcess } from "@skelly-jelly/module/internal";
import { connectControl } from "../control-client.ts";
import { statePaths } from "../state-paths.ts";
import { explain } from "../why/explain.ts";
import { logFiles } from "./log-port.ts";

const here = dirname(fileURLToPath(import.meta.url));
let running: RunningGateway | null = null;

const gateway = defineModule({
  name: "gateway",
  async start({ log }) {
    const home = needed(CONTROL_ENV.home);
    const socket = needed(CONTROL_ENV.socket);
    const { values } = parseArgs({ options: { port: { type: "string" } } });
    const paths = statePaths(home, process.env);
    running = await startGateway({
      connect: () => connectControl(socket),
      logs: logFiles(paths.logs),
      explain: (about, status, events, edges) =>
        explain(status, events, { about, at: null, nowMs: Date.now(), edges }),
      file: paths.gatewayFile,
      socketPath: paths.gatewaySocket,
      port: values.port === undefined ? null : Number(values.port),
      page: join(here, "page"),
      log: (message) => log.warn(message),
    });
    log.info(`listens on ${running.url} and ${paths.gatewaySocket}`);
  },
  async stop() {
    await running?.close();
    running = null;
  },
  health: () =>
    running?.connected === true
      ? {}
      : { status: "degraded", issues: [{ severity: "low", message: "no answer on the socket" }] },
});

function needed(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
}

runAsProcess(() => gateway);
