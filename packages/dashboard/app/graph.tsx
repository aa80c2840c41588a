// graph.tsx: the dependency graph, alive: who is how, and which edge holds someone up.
import type { ApiGraph, ModuleStatus } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ask, messageOf } from "./api.ts";
import { StateMark } from "./badges.tsx";
import { toneOf } from "./format.ts";
import { layOut } from "./graph-layout.ts";
import { moduleHref } from "./router.ts";
import { useStore } from "./store.ts";

const MANY = 40;

export function Graph({ all }: { readonly all: boolean }): ComponentChild {
  const modules = useStore((state) => state.modules);
  const ids = [...modules.keys()].join(" ");
  const [graph, setGraph] = useState<ApiGraph | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [near, setNear] = useState<string | null>(null);
  const [place, width] = useWidth();
  useEffect(() => {
    let current = true;
    ask<ApiGraph>(`/v1/graph${all ? "?all=1" : ""}`).then(
      (found) => {
        if (!current) return;
        setGraph(found);
        setTrouble(null);
      },
      (error) => current && setTrouble(messageOf(error)),
    );
    return () => {
      current = false;
    };
  }, [ids, all]);

  const many = (graph?.nodes.length ?? 0) > MANY;
  const layout = useMemo(() => {
    if (graph === null || width === 0) return null;
    const narrow = width < 500;
    const boxWidth = narrow ? (many ? 102 : 148) : many ? 118 : 158;
    return layOut(graph.waves, graph.edges, {
      width,
      boxWidth,
      boxHeight: many ? 28 : 46,
      gap: many ? 8 : 14,
    });
  }, [graph, width, many]);

  const byModule = useMemo(() => worstByModule(modules), [modules]);
  return (
    <section class="graph" aria-labelledby="graph">
      <h2 id="graph" class="aside">
        What depends on what
      </h2>
      {many && <p class="hint">Point at a module, or move to it, to see what it is tied to.</p>}
      {trouble !== null && graph === null && <p class="empty-line">No graph: {trouble}</p>}
      <div ref={place} class={`picture ${many ? "many" : ""} ${near === null ? "" : "focused"}`}>
        {layout !== null && graph !== null && (
          <div class="canvas" style={{ width: layout.width, height: layout.height }}>
            <svg width={layout.width} height={layout.height} aria-hidden="true">
              {layout.lines.map(({ from, on, path }) => {
                const holds = holdsUp(byModule.get(from), on);
                const close = near === from || near === on;
                return <path d={path} class={`${holds ? "holds" : ""} ${close ? "near" : ""}`} />;
              })}
            </svg>
            {layout.boxes.map(({ id, x, y }) => (
              <Node
                key={id}
                id={id}
                x={x}
                y={y}
                module={byModule.get(id)}
                dim={near !== null && near !== id && !isNear(graph, near, id)}
                onNear={setNear}
                many={many}
              />
            ))}
          </div>
        )}
      </div>
    </section>
  );
}

type NodeProps = {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly module: ModuleStatus | undefined;
  readonly dim: boolean;
  readonly many: boolean;
  readonly onNear: (id: string | null) => void;
};

function Node({ id, x, y, module, dim, many, onNear }: NodeProps): ComponentChild {
  const state = module?.state ?? "not-started";
  const health = module?.health ?? "unknown";
  const needs = module?.dependsOn ?? [];
  const how = state === "running" && health !== "unknown" ? health : state;
  const level = module === undefined || module.level === "full" ? "" : ` · ${module.level}`;
  const waits = module?.waitingFor ?? [];
  const more = [
    needs.length > 0 ? `needs ${needs.join(", ")}` : "needs nobody",
    ...(waits.length > 0 ? [`waits for ${waits.join(", ")}`] : []),
  ].join("; ");
  return (
    <a
      href={moduleHref(id)}
      class={`node ${toneOf(state, health)} ${dim ? "dim" : ""}`}
      style={{ transform: `translate(${x}px, ${y}px)` }}
      title={`${id}: ${how}${level}; ${more}`}
      onMouseEnter={() => onNear(id)}
      onMouseLeave={() => onNear(null)}
      onFocus={() => onNear(id)}
      onBlur={() => onNear(null)}
    >
      <StateMark state={state} health={health} />
      <span class="name">{id}</span>
      <span class={many ? "aside" : "how"}>
        {" "}
        {how}
        {level}
      </span>
      <span class="aside">; {more}</span>
    </a>
  );
}

const holdsUp = (module: ModuleStatus | undefined, on: string): boolean =>
  module !== undefined && (module.waitingFor.includes(on) || module.blockedBy === on);

const isNear = ({ edges }: ApiGraph, a: string, b: string): boolean =>
  edges.some(({ from, on }) => (from === a && on === b) || (from === b && on === a));

const CONCERN = ["bad", "warn", "busy", "quiet", "good"];

/** A module is as well as its least well instance. */
function worstByModule(modules: ReadonlyMap<string, ModuleStatus>): Map<string, ModuleStatus> {
  const worst = new Map<string, ModuleStatus>();
  const concern = ({ state, health }: ModuleStatus): number =>
    CONCERN.indexOf(toneOf(state, health));
  for (const module of modules.values()) {
    const id = module.id.replace(/#\d+$/, "");
    const known = worst.get(id);
    if (known === undefined || concern(module) < concern(known)) worst.set(id, module);
  }
  return worst;
}

/** The room that an element has, as it changes. */
export function useWidth() {
  const place = useRef<HTMLDivElement>(null);
  const [width, set] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry !== undefined) set(Math.floor(entry.contentRect.width));
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [place, width] as const;
}
