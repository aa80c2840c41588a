// openapi.ts: the OpenAPI 3.1 document, made from the same table that serves and checks. Pure.
import type { Route } from "./route.ts";
import type { Schema } from "./schema.ts";
import { SHAPES } from "./schemas.ts";

const PROBLEM = {
  description: "It could not be done; the problem says why.",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

export function openApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    (paths[route.path] ?? {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Skelly control API",
      version,
      summary: "See a system of modules, and change it.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "Loopback, or the Unix socket .skelly/gateway.sock" }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: SHAPES,
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description:
            "The read or the control token of .skelly/gateway.json. None is needed on the Unix socket.",
        },
      },
    },
  };
}

function operation(route: Route): object {
  const { id, says, tag, role, params = {}, query = {}, body, bodyTypes, answers } = route;
  const { schema, type } = answers;
  const parameters = [
    ...Object.entries(params).map(([name, one]) => parameter("path", name, one)),
    ...Object.entries(query).map(([name, one]) => parameter("query", name, one)),
  ];
  const content: Record<string, object> = {
    [type]: { schema: schema ?? { type: "string" } },
    ...(id === "listEvents" && { "text/event-stream": { schema: { type: "string" } } }),
    ...("follow" in query && { "text/event-stream": { schema: { type: "string" } } }),
  };
  const others = Object.entries(answers.others ?? {}).map(([status, description]) => [
    status,
    status === "503" && type === "text/plain"
      ? { description, content: { "text/plain": { schema: { type: "string" } } } }
      : { ...PROBLEM, description },
  ]);
  return {
    operationId: id,
    summary: says,
    tags: [tag],
    ...(role === null && { security: [] }),
    ...(role === "control" && { description: "Needs the control token." }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: {
        content: Object.fromEntries(
          (bodyTypes ?? ["application/json"]).map((one) => [one, { schema: body }]),
        ),
      },
    }),
    responses: {
      "200": { description: answers.says, content },
      ...Object.fromEntries(others),
      default: PROBLEM,
    },
  };
}

function parameter(where: "path" | "query", name: string, schema: Schema): object {
  const { description, ...rest } = schema;
  return {
    name,
    in: where,
    ...(where === "path" && { required: true }),
    ...(description !== undefined && { description }),
    schema: rest,
  };
}
