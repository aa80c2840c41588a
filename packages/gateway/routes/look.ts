// look.ts: routes that show the system: status, modules, numbers over time, the graph, start-ups.
import type { ApiModule } from "@skelly-jelly/contract";
import { dependencyPicture } from "../graph.ts";
import { modulesNamed } from "../mirror.ts";
import { HttpProblem } from "../problem.ts";
import type { Use } from "../route.ts";
import { json, MODULE_ID_PARAM, type Route } from "../route.ts";
import { runsOf } from "../runs.ts";
import { ANSWERS } from "../schemas.ts";

export const LOOK_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/system",
    id: "getSystem",
    says: "The system: its status with reasons, the orchestrator, every module.",
    tag: "system",
    role: "read",
    answers: { type: "application/json", schema: ANSWERS.system, says: "The status." },
    handle: (_asked, { mirror }) => json(mirror.status()),
  },
  {
    method: "GET",
    path: "/v1/modules",
    id: "listModules",
    says: "Every module's status.",
    tag: "modules",
    role: "read",
    query: {
      all: { type: "boolean", description: "Skelly's own hidden modules too.", default: false },
    },
    answers: { type: "application/json", schema: ANSWERS.modules, says: "The modules." },
    handle: ({ query }, { mirror }) =>
      json({ modules: mirror.status().modules.filter(({ hidden }) => query["all"] || !hidden) }),
  },
  {
    method: "GET",
    path: "/v1/modules/{id}",
    id: "getModule",
    says: "One module: its status and what it was told to be.",
    tag: "modules",
    role: "read",
    params: { id: MODULE_ID_PARAM },
    answers: { type: "application/json", schema: ANSWERS.module, says: "The module." },
    handle: ({ params }, use) => {
      const status = requireModule(params["id"], use);
      const name = status.id.replace(/#\d+$/, "");
      const description = use.mirror.description().modules.find(({ id }) => id === name) ?? null;
      return json({ ...status, description } satisfies ApiModule);
    },
  },
  {
    method: "GET",
    path: "/v1/modules/{id}/history",
    id: "getModuleHistory",
    says: "Resources and health numbers over the last minutes.",
    tag: "modules",
    role: "read",
    params: { id: MODULE_ID_PARAM },
    answers: { type: "application/json", schema: ANSWERS.history, says: "Readings in columns." },
    handle: ({ params }, use) => json(use.mirror.history.of(requireModule(params["id"], use).id)),
  },
  {
    method: "GET",
    path: "/v1/graph",
    id: "getGraph",
    says: "What depends on what, in waves, with the edges that hold someone up now.",
    tag: "system",
    role: "read",
    query: { all: { type: "boolean", description: "Hidden modules too.", default: false } },
    answers: { type: "application/json", schema: ANSWERS.graph, says: "The graph." },
    handle: ({ query }, { mirror }) =>
      json(dependencyPicture(mirror.description(), mirror.status(), query["all"] === true)),
  },
  {
    method: "GET",
    path: "/v1/runs",
    id: "listRuns",
    says: "Start-ups that the journal knows, newest first, each with its critical path.",
    tag: "system",
    role: "read",
    query: {
      limit: { type: "integer", minimum: 1, maximum: 50, default: 10, description: "How many." },
    },
    answers: { type: "application/json", schema: ANSWERS.runs, says: "The runs." },
    handle: ({ query }, { mirror }) => {
      const limit = typeof query["limit"] === "number" ? query["limit"] : 10;
      return json({ runs: runsOf(mirror.runEvents, mirror.description()).slice(0, limit) });
    },
  },
];

/** The first instance when the module has several. */
export function requireModule(id: string | undefined, { mirror }: Use) {
  const [found] = modulesNamed(id ?? "", mirror.status());
  if (found !== undefined) return found;
  throw new HttpProblem(404, `There is no module '${id}'.`, { code: "NO_SUCH_MODULE" });
}
