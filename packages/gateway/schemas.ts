// schemas.ts: the shapes that the API answers with, for its OpenAPI document. Additions are allowed in all of them.
import type { Schema } from "./schema.ts";

const text: Schema = { type: "string" };
const number: Schema = { type: "number" };
const whole: Schema = { type: "integer" };
const flag: Schema = { type: "boolean" };
const maybe = (type: string): Schema => ({ type: [type, "null"] });
const list = (items: Schema): Schema => ({ type: "array", items });
const map = (values: Schema): Schema => ({ type: "object", additionalProperties: values });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const shape = (properties: Readonly<Record<string, Schema>>, description?: string): Schema => ({
  type: "object",
  ...(description !== undefined && { description }),
  properties,
  required: Object.keys(properties),
});

/** Named in the document. */
export const SHAPES: Readonly<Record<string, Schema>> = {
  Problem: {
    type: "object",
    description: "What went wrong (RFC 9457).",
    properties: {
      type: text,
      title: text,
      status: whole,
      detail: text,
      code: text,
      problems: { type: "array" },
    },
    required: ["type", "title", "status"],
  },
  ModuleStatus: shape(
    {
      id: text,
      runner: { enum: ["process", "worker", "in-process"] },
      required: flag,
      desired: { enum: ["up", "down"] },
      state: {
        enum: [
          "not-started",
          "waiting",
          "starting",
          "running",
          "paused",
          "backing-off",
          "stopping",
          "stopped",
          "completed",
          "failed",
        ],
      },
      health: { enum: ["unknown", "healthy", "degraded", "unhealthy"] },
      issues: list(shape({ severity: text, message: text })),
      level: text,
      since: text,
      incarnation: whole,
      restarts: whole,
      pid: maybe("integer"),
      exit: maybe("object"),
      dependsOn: list(text),
      waitingFor: list(text),
      blockedBy: maybe("string"),
      readyMs: maybe("number"),
      failure: maybe("object"),
      stopReason: maybe("object"),
      nextAttemptAt: maybe("string"),
      configVersion: whole,
      enforcement: text,
      usage: shape({
        cpuPercent: maybe("number"),
        memoryBytes: maybe("number"),
        fileHandles: maybe("number"),
        threads: maybe("number"),
      }),
      metrics: map(number),
      hidden: flag,
    },
    "How one module is. Desired, state and health are three words.",
  ),
  Event: {
    type: "object",
    description: "One fact; which other keys it has depends on its type.",
    properties: { type: text, seq: whole, timeMs: number, module: maybe("string") },
    required: ["type", "seq", "timeMs"],
  },
  Run: shape({
    id: whole,
    startedAt: text,
    durationMs: maybe("number"),
    outcome: { enum: ["up", "failed", "unfinished"] },
    modules: list(
      shape({
        module: text,
        waitingMs: maybe("number"),
        startingMs: maybe("number"),
        readyMs: maybe("number"),
        attempts: whole,
        after: maybe("string"),
        outcome: text,
      }),
    ),
    criticalPath: list(text),
  }),
  LogLine: shape({
    module: text,
    time: text,
    timeMs: number,
    stream: { enum: ["out", "err"] },
    late: flag,
    text,
  }),
};

/** By what a route answers with. */
export const ANSWERS = {
  system: shape({
    system: text,
    status: { enum: ["starting", "healthy", "degraded", "critical", "stopping", "stopped"] },
    reasons: list(text),
    since: text,
    uptimeMs: number,
    orchestrator: { type: "object" },
    modules: list(ref("ModuleStatus")),
  }),
  modules: shape({ modules: list(ref("ModuleStatus")) }),
  module: ref("ModuleStatus"),
  history: shape({
    module: text,
    times: list(number),
    names: list(text),
    columns: list(list(maybe("number"))),
  }),
  graph: shape({
    waves: list(list(text)),
    nodes: list({ type: "object" }),
    edges: list({ type: "object" }),
  }),
  why: shape({
    about: text,
    sentence: text,
    chain: list(
      shape({
        timeMs: maybe("number"),
        module: maybe("string"),
        fact: text,
        because: maybe("string"),
      }),
    ),
    next: list(text),
  }),
  runs: shape({ runs: list(ref("Run")) }),
  events: shape({ events: list(ref("Event")) }),
  logs: shape({ lines: list(ref("LogLine")) }),
  config: shape({
    module: text,
    version: whole,
    config: { type: "object" },
    history: list({ type: "object" }),
  }),
  change: {
    type: "object",
    properties: {
      version: whole,
      outcome: { enum: ["applied", "restarted", "stored", "unchanged"] },
      module: text,
      changes: list({ type: "object" }),
      effect: { enum: ["none", "ask", "restart", "store"] },
      says: text,
      follows: list({ type: "object" }),
    },
    required: ["version"],
  },
} as const satisfies Readonly<Record<string, Schema>>;
