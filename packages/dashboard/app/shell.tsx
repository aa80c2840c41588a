// shell.tsx: what stays in place: the name, how the system is, the ways through the page, what is wrong with the line.
import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Confirming } from "./confirm.tsx";
import { EventsPage } from "./events-page.tsx";
import { bytes, clock, duration, percent, systemTone, withoutAdvice } from "./format.ts";
import { LogsPage } from "./logs-page.tsx";
import { ModulePage } from "./module-page.tsx";
import { Overview } from "./overview.tsx";
import { type Route, useRoute } from "./router.ts";
import { StartupPage } from "./startup-page.tsx";
import { useStore } from "./store.ts";
import { chooseTheme, themeNow } from "./theme.ts";

const PAGES = [
  ["overview", "Overview"],
  ["logs", "Logs"],
  ["startup", "Start-up"],
  ["events", "Events"],
] as const;

const REASONS_MAX = 2;

export function Shell(): ComponentChild {
  const route = useRoute();
  const system = useStore((state) => state.system);
  const connection = useStore((state) => state.connection);
  useEffect(() => {
    const where = route.id ?? PAGES.find(([page]) => page === route.page)?.[1] ?? "";
    const mark = system === null ? "" : `${system.status === "healthy" ? "●" : "▲"} `;
    document.title = `${mark}${system?.system ?? "Skelly"}${where && ` · ${where}`}`;
  }, [route, system?.status, system?.system]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="#/">
          <img src="/icon.svg" alt="" width="26" height="26" />
          <span>{system?.system ?? "Skelly"}</span>
          <span class="aside"> overview</span>
        </a>
        {system !== null && (
          <span class={`pill ${systemTone(system.status)}`} role="status">
            {system.status}
          </span>
        )}
        <nav aria-label="Pages">
          {PAGES.map(([page, name]) => (
            <a
              href={`#/${page === "overview" ? "" : page}`}
              aria-current={isAt(route, page) ? "page" : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
        <SystemFacts />
        <ThemeButton />
      </header>
      <Line />
      <main id="main" tabIndex={-1} class={connection === "live" ? "" : "stale"}>
        {system === null ? <Waiting /> : <Page route={route} />}
      </main>
      <Confirming />
    </>
  );
}

const isAt = ({ page }: Route, name: string): boolean =>
  page === name || (page === "modules" && name === "overview");

function Page({ route }: { readonly route: Route }): ComponentChild {
  switch (route.page) {
    case "overview":
      return <Overview />;
    case "modules":
      return route.id === null ? <Overview /> : <ModulePage key={route.id} id={route.id} />;
    case "logs":
      return <LogsPage />;
    case "startup":
      return <StartupPage />;
    case "events":
      return <EventsPage />;
    default:
      return (
        <section class="empty">
          <h1>There is no such page</h1>
          <p>
            <a href="#/">Go to the overview</a>
          </p>
        </section>
      );
  }
}

function SystemFacts(): ComponentChild {
  const system = useStore((state) => state.system);
  const connection = useStore((state) => state.connection);
  const now = useNow(connection === "live");
  const heardMs = useStore((state) => state.heardMs);
  if (system === null) return <span class="facts" />;
  const { orchestrator } = system;
  const up = system.uptimeMs + (heardMs === null ? 0 : Math.max(0, now - heardMs));
  return (
    <span class="facts">
      <span>up {duration(up)}</span>
      <span title={`Orchestrator, process ${orchestrator.pid}, version ${orchestrator.version}`}>
        orchestrator {bytes(orchestrator.rssBytes)}, {percent(orchestrator.cpuPercent)}
      </span>
    </span>
  );
}

/** The present second, while it goes on. */
export function useNow(running = true): number {
  const [now, set] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => set(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

function ThemeButton(): ComponentChild {
  const [theme, set] = useState(themeNow);
  const other = theme === "dark" ? "light" : "dark";
  const change = (): void => {
    chooseTheme(other);
    set(other);
  };
  return (
    <button type="button" class="icon" onClick={change} aria-label={`Use ${other} colours`}>
      {theme === "dark" ? "☀" : "☾"}
    </button>
  );
}

/** What is wrong with the line to the system, and what comes next. */
function Line(): ComponentChild {
  const connection = useStore((state) => state.connection);
  const heardMs = useStore((state) => state.heardMs);
  const reasons = useStore((state) => state.system?.reasons ?? []);
  const status = useStore((state) => state.system?.status);
  if (connection === "live" || connection === "connecting") {
    if (reasons.length === 0 || status === undefined) return null;
    return (
      <ul class={`line ${systemTone(status)}`} aria-label="Why the system is not well">
        {reasons.slice(0, REASONS_MAX).map((reason) => (
          <li>{withoutAdvice(reason)}</li>
        ))}
        {reasons.length > REASONS_MAX && <li>and {reasons.length - REASONS_MAX} more</li>}
      </ul>
    );
  }
  if (connection === "refused") {
    return (
      <p class="line bad" role="alert">
        The token is missing or no longer valid. Run <code>skelly dashboard</code> and open the
        address that it prints.
      </p>
    );
  }
  const since = heardMs === null ? "" : ` What you see is from ${clock(heardMs).slice(0, 8)}.`;
  return (
    <p class="line warn" role="alert">
      {connection === "orchestrator-away"
        ? `The orchestrator does not answer. Modules go on without it.${since} This page catches up by itself.`
        : `The gateway does not answer: the system may have been stopped.${since} Trying again; if it stays away, run `}
      {connection === "gateway-away" && <code>skelly up -d &amp;&amp; skelly dashboard</code>}
      {connection === "gateway-away" && "."}
    </p>
  );
}

function Waiting(): ComponentChild {
  const connection = useStore((state) => state.connection);
  if (connection === "refused") {
    return (
      <section class="empty">
        <h1>Who are you?</h1>
        <p>
          This page shows a running system only to who has its token. In the system's folder, run{" "}
          <code>skelly dashboard</code>.
        </p>
      </section>
    );
  }
  return (
    <section class="empty" aria-busy="true">
      <h1>Looking…</h1>
      <p>Waiting for the first word of the orchestrator.</p>
    </section>
  );
}
