// graph.ts: what depends on what: by waves for people, as mermaid or dot for drawings. Pure.
import type { Edge, LifecycleState } from "@skelly-jelly/contract";
import { counted } from "./amounts.ts";
import { type Look, stateColor } from "./state.ts";
import { padEnd, widthOf } from "./width.ts";

export type GraphModule = {
  readonly id: string;
  readonly dependsOn: readonly Edge[];
  readonly required: boolean;
  readonly task: boolean;
  /** `null` when nothing runs. */
  readonly state: LifecycleState | null;
};

export type Graph = {
  readonly name: string;
  readonly modules: readonly GraphModule[];
  readonly waves: readonly (readonly string[])[];
};

export function renderGraph(graph: Graph, look: Look): string[] {
  const { paint } = look;
  const byId = new Map(graph.modules.map((module) => [module.id, module]));
  const nameWidth = Math.max(0, ...graph.modules.map(({ id }) => widthOf(id)));
  const head =
    `${paint.bold(graph.name)}  ` +
    paint.dim(`${counted(graph.modules.length, "module")}, ${counted(graph.waves.length, "wave")}`);
  return [
    head,
    ...graph.waves.flatMap((wave, index) => [
      paint.dim(`wave ${index + 1}`),
      ...wave.map((id, place) => {
        const last = place === wave.length - 1;
        const twig = paint.dim(last ? look.symbols.branch : look.symbols.fork);
        return `${twig} ${moduleLine(byId.get(id), id, nameWidth, look)}`;
      }),
    ]),
  ];
}

function moduleLine(
  module: GraphModule | undefined,
  id: string,
  nameWidth: number,
  look: Look,
): string {
  const { paint, symbols } = look;
  if (module === undefined) return id;
  const state = module.state;
  const color = state === null ? paint.bold : paint[stateColor(state)];
  const lead = state === null ? "" : `${color(symbols.states[state])} `;
  const facts = [
    ...(state === null ? [] : [state]),
    ...(module.task ? ["task"] : []),
    ...(module.required ? [] : ["optional"]),
  ].join(", ");
  const after = module.dependsOn.map(edgeText).join(", ");
  const says = [facts, after === "" ? "" : `after ${after}`].filter((text) => text !== "");
  return `${lead}${color(padEnd(id, nameWidth))}  ${paint.dim(says.join("; "))}`.trimEnd();
}

/** `healthy` is the usual condition and needs no word. */
const edgeText = ({ on, condition }: Edge): string =>
  condition === "healthy" ? on : `${on} (${condition})`;

const FILLS: Partial<Record<LifecycleState, string>> = {
  running: "#c8e6c9",
  completed: "#c8e6c9",
  starting: "#b3e5fc",
  stopping: "#b3e5fc",
  paused: "#fff3c4",
  "backing-off": "#fff3c4",
  failed: "#ffcdd2",
};

/** Arrows go from what is needed to what needs it: the order of starting. */
export function mermaidGraph({ modules }: Graph): string[] {
  const names = new Map(modules.map(({ id }, index) => [id, `m${index}`]));
  return [
    "graph TD",
    ...modules.map(({ id, task }) =>
      task ? `  ${names.get(id)}(["${id}"])` : `  ${names.get(id)}["${id}"]`,
    ),
    ...modules.flatMap(({ id, dependsOn }) =>
      dependsOn.map(({ on, condition }) => {
        const label = condition === "healthy" ? "" : `|${condition}|`;
        return `  ${names.get(on)} -->${label} ${names.get(id)}`;
      }),
    ),
    ...modules.flatMap(({ id, state }) => {
      const fill = state === null ? undefined : FILLS[state];
      return fill === undefined ? [] : [`  style ${names.get(id)} fill:${fill}`];
    }),
  ];
}

export function dotGraph({ name, modules }: Graph): string[] {
  const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
  return [
    `digraph ${quote(name)} {`,
    "  rankdir=TB; node [shape=box, style=rounded];",
    ...modules.map(({ id, state, task }) => {
      const fill = state === null ? undefined : FILLS[state];
      const shape = task ? " shape=oval" : "";
      const style = fill === undefined ? "" : ` style="rounded,filled" fillcolor="${fill}"`;
      return `  ${quote(id)}${shape || style ? ` [${`${shape}${style}`.trim()}]` : ""};`;
    }),
    ...modules.flatMap(({ id, dependsOn }) =>
      dependsOn.map(({ on, condition }) => {
        const label = condition === "healthy" ? "" : ` [label=${quote(condition)}]`;
        return `  ${quote(on)} -> ${quote(id)}${label};`;
      }),
    ),
    "}",
  ];
}
