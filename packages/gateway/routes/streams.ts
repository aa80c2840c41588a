// streams.ts: what happens, as it happens: events of the system, lines of the modules.
import { HttpProblem } from "../problem.ts";
import { json, MODULE_ID_PARAM, type Reply, type Route, type Use } from "../route.ts";
import { ANSWERS } from "../schemas.ts";
import { streamSystem } from "../system-stream.ts";
import { requireModule } from "./look.ts";

const LINES = 200;
const LINES_MAX = 5_000;

const LOG_QUERY: Route["query"] = {
  lines: {
    type: "integer",
    minimum: 0,
    maximum: LINES_MAX,
    default: LINES,
    description: "How many of the last lines.",
  },
  follow: { type: "boolean", description: "Go on as server-sent events named `lines`." },
};

export const STREAM_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/events",
    id: "listEvents",
    says:
      "What happened. Asked for text/event-stream it is a stream: `snapshot`, then `event` and " +
      "`status` (what differs), `connection`. Resumes after Last-Event-ID.",
    tag: "events",
    role: "read",
    query: {
      module: MODULE_ID_PARAM,
      afterSeq: { type: "integer", minimum: 0, description: "Only later ones." },
      limit: { type: "integer", minimum: 1, maximum: 5_000, default: 200 },
    },
    answers: { type: "application/json", schema: ANSWERS.events, says: "Events, oldest first." },
    handle: ({ query, headers }, use) => {
      if (wantsStream(headers.accept)) {
        const after = lastEventId(headers);
        return { kind: "stream", start: (stream) => streamSystem(stream, use.mirror, after) };
      }
      const limit = typeof query["limit"] === "number" ? query["limit"] : LINES;
      const after = typeof query["afterSeq"] === "number" ? query["afterSeq"] : 0;
      const module = query["module"];
      const events = use.mirror.events.filter(
        (event) =>
          event.seq > after &&
          (module === undefined ||
            ("module" in event &&
              (event.module === module || event.module?.startsWith(`${module}#`)))),
      );
      return json({ events: events.slice(-limit) });
    },
  },
  {
    method: "GET",
    path: "/v1/logs",
    id: "listLogs",
    says: "What all modules wrote, as one story by time.",
    tag: "logs",
    role: "read",
    query: LOG_QUERY,
    answers: { type: "application/json", schema: ANSWERS.logs, says: "Lines, oldest first." },
    handle: ({ query }, use) => logReply(null, query, use),
  },
  {
    method: "GET",
    path: "/v1/modules/{id}/logs",
    id: "getModuleLogs",
    says: "What one module wrote.",
    tag: "logs",
    role: "read",
    params: { id: MODULE_ID_PARAM },
    query: LOG_QUERY,
    answers: { type: "application/json", schema: ANSWERS.logs, says: "Lines, oldest first." },
    handle: ({ params, query }, use) => {
      requireModule(params["id"], use);
      return logReply(params["id"] ?? null, query, use);
    },
  },
];

function logReply(
  module: string | null,
  query: Readonly<Record<string, string | number | boolean>>,
  { logs }: Use,
): Reply {
  const count = typeof query["lines"] === "number" ? query["lines"] : LINES;
  if (query["follow"] !== true) return json({ lines: logs.tail(module, count) });
  return {
    kind: "stream",
    start: (stream) => {
      stream.send("lines", logs.tail(module, count));
      const follower = logs.follow(module, (lines) => stream.send("lines", lines));
      return () => follower.close();
    },
  };
}

const wantsStream = (accept: string | undefined): boolean =>
  accept?.includes("text/event-stream") === true;

function lastEventId(headers: { readonly [name: string]: string | string[] | undefined }) {
  const text = headers["last-event-id"];
  if (text === undefined) return null;
  if (typeof text === "string" && /^\d{1,15}$/.test(text)) return Number(text);
  throw new HttpProblem(400, "Last-Event-ID must be a number that this stream gave.");
}
