// module-page.tsx: one module: its life, its numbers, what holds it and what it is allowed.
import type { ApiHistory, ApiModule, ModuleStatus } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, modulePath } from "./api.ts";
import { HealthWord, StateWord } from "./badges.tsx";
import { Chart } from "./chart.tsx";
import { ConfigPanel } from "./config-panel.tsx";
import { EventList } from "./events-page.tsx";
import { duration, withoutAdvice } from "./format.ts";
import { LogView } from "./log-view.tsx";
import { Description } from "./module-description.tsx";
import { Actions } from "./overview.tsx";
import { moduleHref } from "./router.ts";
import { useNow } from "./shell.tsx";
import { useStore } from "./store.ts";
import { Why } from "./why.tsx";

const HISTORY_EVERY_MS = 2_000;

export function ModulePage({ id }: { readonly id: string }): ComponentChild {
  const module = useStore(({ modules }) => modules.get(id) ?? modules.get(`${id}#1`));
  const connection = useStore((state) => state.connection);
  const events = useStore((state) => state.events);
  const [told, setTold] = useState<ApiModule | null>(null);
  useEffect(() => {
    if (connection !== "live" || module === undefined) return;
    ask<ApiModule>(modulePath(id)).then(setTold, () => {
      // The page says already that it is away or gone.
    });
  }, [id, connection, module?.configVersion, module?.incarnation]);
  if (module === undefined) {
    return (
      <section class="empty">
        <h1>There is no module “{id}”</h1>
        <p>
          It may have left the configuration. <a href="#/">See all modules</a>
        </p>
      </section>
    );
  }
  const own = events.filter((event) => "module" in event && event.module === module.id);
  return (
    <>
      <Head module={module} />
      <div class="columns">
        <div>
          <Numbers module={module} told={told} />
          <Why
            path={`${modulePath(id)}/why`}
            when={`${module.state} ${module.health} ${module.since}`}
          />
          <section aria-labelledby="life">
            <h2 id="life">Life</h2>
            <EventList events={own.slice(-60)} alone empty="Nothing has happened to it lately." />
          </section>
        </div>
        <div>
          <Description module={module} described={told?.description ?? null} />
          <ConfigPanel id={module.id} version={module.configVersion} />
        </div>
      </div>
      <section aria-labelledby="logs">
        <h2 id="logs">Logs</h2>
        <LogView module={module.id} />
      </section>
    </>
  );
}

function Head({ module }: { readonly module: ModuleStatus }): ComponentChild {
  const now = useNow();
  const { id, state, health, level, failure, waitingFor, issues } = module;
  return (
    <header class="module-head">
      <p class="crumbs">
        <a href="#/">Overview</a> <span aria-hidden="true">/</span>
      </p>
      <h1>{id}</h1>
      <StateWord state={state} health={health} />
      <HealthWord health={health} />
      {level !== "full" && <span class="pill warn">level {level}</span>}
      <span class="quiet">for {duration(Math.max(0, now - Date.parse(module.since)))}</span>
      <span class="actions">
        <Actions module={module} />
      </span>
      {failure !== null && state !== "running" && (
        <p class="line bad" role="alert">
          {withoutAdvice(failure.message)}
        </p>
      )}
      {waitingFor.length > 0 && (
        <p class="line busy">
          Waits for{" "}
          {waitingFor.map((on, index) => (
            <>
              {index > 0 && ", "}
              {/^[a-z0-9]/.test(on) && !on.includes(" ") ? <a href={moduleHref(on)}>{on}</a> : on}
            </>
          ))}
        </p>
      )}
      {issues.map(({ severity, message }) => (
        <p class="line warn">
          {severity}: {message}
        </p>
      ))}
    </header>
  );
}

type NumbersProps = { readonly module: ModuleStatus; readonly told: ApiModule | null };

function Numbers({ module, told }: NumbersProps): ComponentChild {
  const history = useHistory(module.id);
  const limits: Record<string, number | undefined> = {
    cpuPercent: told?.description?.limits.cpuPercent,
    memoryBytes: told?.description?.limits.memoryBytes,
    fileHandles: told?.description?.limits.fileHandles,
    threads: told?.description?.limits.threads,
  };
  for (const [name, { warn, fail }] of Object.entries(told?.description?.healthLimits ?? {})) {
    limits[`metrics.${name}`] = fail ?? warn;
  }
  const columns = (history?.names ?? []).map((name, index) => ({
    name,
    values: history?.columns[index] ?? [],
  }));
  const shown = columns.filter(({ values }) => values.some((value) => value !== null));
  return (
    <section aria-labelledby="numbers">
      <h2 id="numbers">Numbers</h2>
      {shown.length === 0 ? (
        <p class="empty-line">
          {module.pid === null
            ? "It does not run: nothing to measure."
            : "The first reading is on its way."}
        </p>
      ) : (
        <div class="charts">
          {shown.map(({ name, values }) => (
            <Chart
              key={name}
              name={name}
              times={history?.times ?? []}
              values={values}
              limit={limits[name]}
            />
          ))}
        </div>
      )}
    </section>
  );
}

function useHistory(id: string): ApiHistory | null {
  const [history, set] = useState<ApiHistory | null>(null);
  useEffect(() => {
    const look = (): void => {
      if (document.hidden) return;
      ask<ApiHistory>(`${modulePath(id)}/history`).then(set, () => {
        // The line is down: the page says so, and the next look comes soon.
      });
    };
    look();
    const timer = setInterval(look, HISTORY_EVERY_MS);
    return () => clearInterval(timer);
  }, [id]);
  return history;
}
