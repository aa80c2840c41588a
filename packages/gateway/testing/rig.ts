// rig.ts: for tests: a real gateway on real sockets, in front of an orchestrator made of glass.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ApiLogLine } from "@skelly-jelly/contract";
import { startGateway } from "../index.ts";
import type { GatewayLimits } from "../ports.ts";
import { fakeControl } from "./fake-control.ts";

export type Ask = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `null`: none. */
  readonly token?: string | null;
  readonly socket?: boolean;
};

export type Answer = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly json: () => any;
};

export async function gatewayRig(
  t: TestContext,
  options: {
    readonly ids?: readonly string[];
    readonly limits?: Partial<GatewayLimits>;
    readonly before?: (control: ReturnType<typeof fakeControl>) => void;
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "skelly-gateway-"));
  const page = join(folder, "page");
  mkdirSync(page);
  writeFileSync(join(page, "index.html"), "<!doctype html><title>Skelly</title>");
  writeFileSync(join(folder, "secret.html"), "not for you");
  const control = fakeControl(options.ids);
  options.before?.(control);
  const tellLines = new Set<(lines: readonly ApiLogLine[]) => void>();
  const lines: ApiLogLine[] = [];
  const logged: string[] = [];
  const files = { file: join(folder, "gateway.json"), socketPath: join(folder, "gateway.sock") };
  const gateway = await startGateway({
    ...files,
    connect: control.connect,
    logs: {
      tail: (module, count) =>
        count === 0
          ? []
          : lines.filter((line) => module === null || line.module === module).slice(-count),
      follow(_module, onLines) {
        tellLines.add(onLines);
        return { close: () => void tellLines.delete(onLines) };
      },
    },
    explain: (about) => ({ about, sentence: "It is as it is.", chain: [], next: [] }),
    port: null,
    page,
    log: (message) => void logged.push(message),
    ...(options.limits !== undefined && { limits: options.limits }),
  });
  t.after(async () => {
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    control,
    gateway,
    logged,
    ...files,
    write(module: string, text: string): void {
      const time = "2026-01-01T00:00:00.000Z";
      const line: ApiLogLine = { module, time, timeMs: 0, stream: "out", late: false, text };
      lines.push(line);
      for (const tell of tellLines) tell([line]);
    },
    followers: () => tellLines.size,
    ask(path: string, more: Ask = {}): Promise<Answer> {
      const { method = "GET", headers = {}, body, token = gateway.tokens.control, socket } = more;
      const where = socket
        ? { socketPath: files.socketPath, headers: { host: "localhost" } }
        : { host: "127.0.0.1", port: gateway.port, headers: {} };
      return send({
        ...where,
        method,
        path,
        agent: false,
        headers: {
          ...where.headers,
          ...(token !== null && !socket && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body,
      });
    },
    /** Named messages of a stream, one after another. */
    listen: (path: string, headers: Readonly<Record<string, string>> = {}) =>
      listen(gateway.port, path, {
        authorization: `Bearer ${gateway.tokens.read}`,
        accept: "text/event-stream",
        ...headers,
      }),
  };
}

function send({
  body,
  ...options
}: RequestOptions & { body?: string | undefined }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: () => JSON.parse(text),
        }),
      );
    });
    asking.on("error", reject);
    asking.end(body);
  });
}

export type Told = { readonly name: string; readonly id: string | null; readonly data: any };

async function listen(port: number, path: string, headers: Readonly<Record<string, string>>) {
  const told: Told[] = [];
  let rest = "";
  let ended = false;
  let wake = (): void => {};
  const asking = request({ host: "127.0.0.1", port, path, headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asking.once("response", resolve);
    asking.once("error", reject);
    asking.end();
  });
  asking.on("error", () => {
    // The other side hung up: `ended` says so.
  });
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const field = (name: string): string | null =>
        new RegExp(`^${name}: (.*)$`, "m").exec(part)?.[1] ?? null;
      const data = field("data");
      if (data !== null) {
        told.push({ name: field("event") ?? "", id: field("id"), data: JSON.parse(data) });
      }
    }
    wake();
  });
  response.on("error", () => {});
  response.on("close", () => {
    ended = true;
    wake();
  });
  return {
    response,
    told,
    /** The next one with this name; what comes before it is dropped. */
    async next(name: string): Promise<Told> {
      for (;;) {
        const index = told.findIndex((each) => each.name === name);
        if (index >= 0) return told.splice(0, index + 1)[index] as Told;
        if (ended) throw new Error(`the stream ended before '${name}' came`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    get ended() {
      return ended;
    },
    close: () => void asking.destroy(),
  };
}
