// overview.tsx: the system at a glance: the graph alive, and every module in a line.
import type { ModuleStatus } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { memo } from "preact/compat";
import { useMemo, useState } from "preact/hooks";
import { HealthWord, StateWord } from "./badges.tsx";
import { askToAct } from "./confirm.tsx";
import { bytes, duration, percent, toneOf, withoutAdvice } from "./format.ts";
import { Graph } from "./graph.tsx";
import { moduleHref } from "./router.ts";
import { useNow } from "./shell.tsx";
import { useStore } from "./store.ts";

const FEW = 10;

export function Overview(): ComponentChild {
  const modules = useStore((state) => state.modules);
  const [hidden, setHidden] = useState(false);
  const [text, setText] = useState("");
  const [onlyIll, setOnlyIll] = useState(false);
  const shown = useMemo(
    () => [...modules.values()].filter((module) => hidden || !module.hidden),
    [modules, hidden],
  );
  const ill = shown.filter(isIll);
  const listed = shown
    .filter(
      (module) => module.id.includes(text.trim().toLowerCase()) && (!onlyIll || isIll(module)),
    )
    // Of a few, each keeps its place; of many, those come first that somebody must look at.
    .sort((a, b) => (shown.length > FEW ? Number(isIll(b)) - Number(isIll(a)) : 0));
  return (
    <>
      <h1 class="aside">Overview</h1>
      <Counts modules={shown} />
      <Graph all={hidden} />
      <section aria-labelledby="modules">
        <div class="bar">
          <h2 id="modules">Modules</h2>
          {shown.length > FEW && (
            <input
              type="search"
              placeholder="Find a module"
              aria-label="Find a module"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
          {(ill.length > 0 || onlyIll) && (
            <label class="check">
              <input type="checkbox" checked={onlyIll} onChange={() => setOnlyIll(!onlyIll)} />
              Only the {ill.length} that {ill.length === 1 ? "needs" : "need"} care
            </label>
          )}
          <label class="check">
            <input type="checkbox" checked={hidden} onChange={() => setHidden(!hidden)} />
            Skelly's own
          </label>
        </div>
        {listed.length === 0 ? (
          <p class="empty-line">
            {shown.length === 0
              ? "This system has no modules yet. Add one to its configuration file."
              : "No module is like that."}
          </p>
        ) : (
          <Table modules={listed} />
        )}
      </section>
    </>
  );
}

const isIll = (module: ModuleStatus): boolean => {
  const tone = toneOf(module.state, module.health);
  return tone === "bad" || tone === "warn";
};

function Counts({ modules }: { readonly modules: readonly ModuleStatus[] }): ComponentChild {
  const count = (wanted: (module: ModuleStatus) => boolean): number =>
    modules.filter(wanted).length;
  const parts = [
    ["good", "well", count((module) => toneOf(module.state, module.health) === "good")],
    ["busy", "on the way", count((module) => toneOf(module.state) === "busy")],
    ["warn", "in trouble", count((module) => toneOf(module.state, module.health) === "warn")],
    ["bad", "failed", count((module) => toneOf(module.state, module.health) === "bad")],
    ["quiet", "down", count((module) => toneOf(module.state) === "quiet")],
  ] as const;
  const restarts = modules.reduce((sum, module) => sum + module.restarts, 0);
  return (
    <ul class="counts" aria-label="Modules by how they are">
      {parts
        .filter(([tone, , number]) => number > 0 || tone === "good")
        .map(([tone, word, number]) => (
          <li class={tone}>
            <b>{number}</b> {word}
          </li>
        ))}
      <li class="quiet">
        <b>{restarts}</b> {restarts === 1 ? "restart" : "restarts"}
      </li>
    </ul>
  );
}

function Table({ modules }: { readonly modules: readonly ModuleStatus[] }): ComponentChild {
  const now = useNow();
  const minute = Math.floor(now / 1000);
  return (
    <section class="scroll" tabIndex={0} aria-labelledby="modules">
      <table class="modules">
        <thead>
          <tr>
            <th scope="col">Module</th>
            <th scope="col">State</th>
            <th scope="col" class="wide">
              Health
            </th>
            <th scope="col" class="number wide">
              Since
            </th>
            <th scope="col" class="number wide">
              Restarts
            </th>
            <th scope="col" class="number">
              CPU
            </th>
            <th scope="col" class="number">
              Memory
            </th>
            <th scope="col" class="wide">
              <span class="aside">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {modules.map((module) => (
            <Row key={module.id} module={module} second={minute} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

type RowProps = { readonly module: ModuleStatus; readonly second: number };

const Row = memo(({ module, second }: RowProps): ComponentChild => {
  const { id, state, health, usage, restarts, level, waitingFor, failure } = module;
  const why =
    failure?.message ??
    (waitingFor.length > 0
      ? `waits for ${waitingFor.join(", ")}`
      : module.issues.map(({ message }) => message).join("; "));
  const shownWhy = why === "" && health === "degraded" ? "degraded" : why;
  const says = state === "stopped" ? "" : withoutAdvice(shownWhy);
  return (
    <>
      <tr class={`${toneOf(state, health)} ${says === "" ? "" : "with-why"}`}>
        <th scope="row">
          <a href={moduleHref(id)}>{id}</a>
          {!module.required && <small> optional</small>}
        </th>
        <td>
          <StateWord state={state} health={health} />
          {level !== "full" && <small> at {level}</small>}
        </td>
        <td class="wide">
          <HealthWord health={health} />
        </td>
        <td class="number wide">
          {duration(Math.max(0, second * 1000 - Date.parse(module.since)))}
        </td>
        <td class="number wide">{restarts}</td>
        <td class="number">{percent(usage.cpuPercent)}</td>
        <td class="number">{bytes(usage.memoryBytes)}</td>
        <td class="wide actions">
          <Actions module={module} />
        </td>
      </tr>
      {says !== "" && (
        <tr class={`why ${toneOf(state, health)}`}>
          <td colSpan={8}>{says}</td>
        </tr>
      )}
    </>
  );
});

export function Actions({ module }: { readonly module: ModuleStatus }): ComponentChild {
  const { id, state } = module;
  const down = state === "stopped" || state === "not-started" || state === "completed";
  const verbs = down
    ? (["start"] as const)
    : state === "failed"
      ? (["recover"] as const)
      : (["restart", "stop"] as const);
  return (
    <>
      {verbs.map((verb) => (
        <button type="button" aria-label={`${verb} ${id}`} onClick={() => askToAct(verb, id)}>
          {verb}
        </button>
      ))}
    </>
  );
}
