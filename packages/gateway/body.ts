// body.ts: reads a request's body as JSON, up to its limit.
import type { IncomingMessage } from "node:http";
import type { Json } from "@skelly-jelly/contract";
import { HttpProblem } from "./problem.ts";
import type { Route } from "./route.ts";

const TYPES = ["application/json"];

/** An empty body is `{}`. */
export async function readBody(
  request: IncomingMessage,
  { method, bodyTypes = TYPES }: Route,
  maxBytes: number,
): Promise<Json> {
  const declared = Number(request.headers["content-length"] ?? 0);
  const tooLong = (): HttpProblem =>
    new HttpProblem(413, "The body is too long.", { detail: `At most ${maxBytes} bytes.` });
  if (declared > maxBytes) throw tooLong();
  if (method === "GET") return {};
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length > maxBytes) throw tooLong();
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, "The body ended too soon.");
  }
  if (length === 0) return {};
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!bodyTypes.includes(type)) {
    throw new HttpProblem(415, "The body must be JSON.", {
      detail: `Send it as ${bodyTypes.join(" or ")}.`,
    });
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
    return JSON.parse(text) as Json;
  } catch {
    throw new HttpProblem(400, "The body is not JSON.");
  }
}
