// startup-page.tsx: how the system came up: who waited, who took how long, and what the whole waited for.
import type { ApiRun, ApiRunModule } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, messageOf } from "./api.ts";
import { dayAndTime, duration } from "./format.ts";
import { moduleHref } from "./router.ts";
import { useStore } from "./store.ts";

export function StartupPage(): ComponentChild {
  const status = useStore((state) => state.system?.status);
  const [runs, setRuns] = useState<readonly ApiRun[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [shown, setShown] = useState<number | null>(null);
  const [beside, setBeside] = useState<number | null>(null);
  useEffect(() => {
    ask<{ runs: readonly ApiRun[] }>("/v1/runs?limit=20").then(
      (found) => setRuns(found.runs),
      (error) => setTrouble(messageOf(error)),
    );
  }, [status]);
  const run = runs?.find(({ id }) => id === shown) ?? runs?.[0];
  const other = runs?.find(({ id }) => id === beside) ?? null;
  if (runs === null || run === undefined) {
    return (
      <section class="full">
        <h1>Start-up</h1>
        <p class="empty-line">
          {trouble ?? (runs === null ? "Looking…" : "The journal knows of no start-up.")}
        </p>
      </section>
    );
  }
  const pick = (each: ApiRun): string =>
    `${dayAndTime(Date.parse(each.startedAt))} · ${each.outcome}`;
  return (
    <section class="full">
      <h1>Start-up</h1>
      <div class="bar">
        <label>
          Run{" "}
          <select
            value={String(run.id)}
            onChange={(event) => setShown(Number(event.currentTarget.value))}
          >
            {runs.map((each) => (
              <option value={String(each.id)}>{pick(each)}</option>
            ))}
          </select>
        </label>
        <label>
          beside{" "}
          <select
            value={String(other?.id ?? "")}
            onChange={({ currentTarget: { value } }) =>
              setBeside(value === "" ? null : Number(value))
            }
          >
            <option value="">nothing</option>
            {runs
              .filter(({ id }) => id !== run.id)
              .map((each) => (
                <option value={String(each.id)}>{pick(each)}</option>
              ))}
          </select>
        </label>
      </div>
      <Summary run={run} other={other} />
      <Waterfall run={run} other={other} />
    </section>
  );
}

type Runs = { readonly run: ApiRun; readonly other: ApiRun | null };

function Summary({ run, other }: Runs): ComponentChild {
  const parts = run.criticalPath.flatMap((id) => {
    const found = run.modules.find(({ module }) => module === id);
    return found === undefined ? [] : [found];
  });
  return (
    <div class="summary">
      <p>
        {run.outcome === "up" ? "Up" : run.outcome === "failed" ? "Did not come up" : "Not up yet"}
        {run.durationMs !== null && (
          <>
            {" "}
            after <b>{duration(run.durationMs)}</b>
          </>
        )}
        {other?.durationMs != null && run.durationMs !== null && (
          <Difference ms={run.durationMs - other.durationMs} />
        )}
        .
      </p>
      {parts.length > 0 && (
        <p>
          It waited for{" "}
          {parts.map((part, index) => (
            <>
              {index > 0 && <span aria-hidden="true"> → </span>}
              <a href={moduleHref(part.module)}>{part.module}</a>{" "}
              <small>{duration(took(part))}</small>
            </>
          ))}
        </p>
      )}
    </div>
  );
}

const took = ({ startingMs, readyMs }: ApiRunModule): number | null =>
  readyMs === null || startingMs === null ? null : readyMs - startingMs;

function Difference({ ms }: { readonly ms: number }): ComponentChild {
  if (Math.abs(ms) < 1) return <span class="quiet"> (as before)</span>;
  return (
    <span class={ms > 0 ? "slower" : "faster"}>
      {" "}
      ({duration(Math.abs(ms))} {ms > 0 ? "slower" : "faster"})
    </span>
  );
}

function Waterfall({ run, other }: Runs): ComponentChild {
  const ends = [run, other].flatMap((each) => [
    each?.durationMs ?? 0,
    ...(each?.modules ?? []).map(({ readyMs, startingMs }) => readyMs ?? startingMs ?? 0),
  ]);
  const whole = Math.max(1, ...ends);
  const critical = new Set(run.criticalPath);
  return (
    <>
      <p class="legend" aria-hidden="true">
        <span class="bar-wait" /> waited <span class="bar-start" /> started{" "}
        <span class="bar-start critical" /> on the critical path
        {other !== null && (
          <>
            {" "}
            <span class="bar-other" /> the other run
          </>
        )}
      </p>
      <section class="scroll" tabIndex={0} aria-label="Waterfall">
        <table class="waterfall">
          <thead>
            <tr>
              <th scope="col">Module</th>
              <th scope="col" class="number">
                Waited
              </th>
              <th scope="col" class="number">
                Took
              </th>
              <th scope="col">
                <span class="axis">
                  <span>0</span>
                  <span>{duration(whole / 2)}</span>
                  <span>{duration(whole)}</span>
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {run.modules.map((each) => (
              <Row
                key={each.module}
                part={each}
                before={other?.modules.find(({ module }) => module === each.module) ?? null}
                whole={whole}
                critical={critical.has(each.module)}
              />
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

type RowProps = {
  readonly part: ApiRunModule;
  readonly before: ApiRunModule | null;
  readonly whole: number;
  readonly critical: boolean;
};

function Row({ part, before, whole, critical }: RowProps): ComponentChild {
  const { module, startingMs, waitingMs, attempts, after, outcome } = part;
  const waited = startingMs === null ? null : startingMs - (waitingMs ?? 0);
  const [now, then] = [took(part), before === null ? null : took(before)];
  return (
    <tr class={critical ? "critical" : ""}>
      <th scope="row">
        <a href={moduleHref(module)}>{module}</a>
        {critical && <span class="aside"> (critical path)</span>}
        {after !== null && <small> after {after}</small>}
      </th>
      <td class="number">{waited === null ? "–" : duration(waited)}</td>
      <td class="number">
        {now === null ? outcome : duration(now)}
        {attempts > 1 && <small> {attempts} attempts</small>}
        {now !== null && then !== null && <Difference ms={now - then} />}
      </td>
      <td class="bars">
        <Bars part={part} whole={whole} />
        {before !== null && <Bars part={before} whole={whole} other />}
      </td>
    </tr>
  );
}

type BarsProps = { readonly part: ApiRunModule; readonly whole: number; readonly other?: boolean };

function Bars({ part, whole, other = false }: BarsProps): ComponentChild {
  const share = (ms: number): string => `${(100 * ms) / whole}%`;
  const wait = part.waitingMs ?? part.startingMs ?? 0;
  const start = part.startingMs ?? wait;
  const ready = part.readyMs ?? whole;
  return (
    <div class={`track ${other ? "other" : ""}`} aria-hidden="true">
      <span
        class="bar-wait"
        style={{ left: share(wait), width: share(Math.max(0, start - wait)) }}
      />
      {part.startingMs !== null && (
        <span
          class={`bar-start ${part.readyMs === null ? "open" : ""}`}
          style={{ left: share(start), width: share(Math.max(0, ready - start)) }}
        />
      )}
    </div>
  );
}
