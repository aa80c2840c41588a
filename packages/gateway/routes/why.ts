// why.ts: routes that say why the system, or a module, is as it is: the chain of causes, as `skelly why` tells it.
import { HttpProblem } from "../problem.ts";
import { json, MODULE_ID_PARAM, type Reply, type Route, type Use } from "../route.ts";
import { ANSWERS } from "../schemas.ts";
import { requireModule } from "./look.ts";

const SYSTEM = "system";

export const WHY_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/system/why",
    id: "explainSystem",
    says: "Why the system is as it is: from the first cause to now.",
    tag: "system",
    role: "read",
    answers: { type: "application/json", schema: ANSWERS.why, says: "The chain of causes." },
    handle: (_asked, use) => answer(SYSTEM, use),
  },
  {
    method: "GET",
    path: "/v1/modules/{id}/why",
    id: "explainModule",
    says: "Why the module is as it is: from the first cause to now.",
    tag: "modules",
    role: "read",
    params: { id: MODULE_ID_PARAM },
    answers: { type: "application/json", schema: ANSWERS.why, says: "The chain of causes." },
    handle: ({ params }, use) => {
      requireModule(params["id"], use);
      return answer(params["id"] ?? "", use);
    },
  },
];

function answer(about: string, { mirror, explain }: Use): Reply {
  if (explain === null) throw new HttpProblem(404, "This gateway does not explain.");
  const { modules } = mirror.description();
  const edges = new Map(modules.map(({ id, dependsOn }) => [id, dependsOn.map(({ on }) => on)]));
  return json(explain(about, mirror.status(), mirror.events, edges));
}
