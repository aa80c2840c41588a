// events-page.tsx: what happened, newest first, and why.
import type { SystemEvent } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { useMemo, useState } from "preact/hooks";
import { clock, sentence, withoutAdvice } from "./format.ts";
import { moduleHref } from "./router.ts";
import { useStore } from "./store.ts";

const KINDS = {
  "": "everything",
  life: "life",
  health: "health",
  recovery: "recovery and errors",
  config: "configuration",
  system: "system",
} as const;

const KIND_OF: Record<SystemEvent["type"], keyof typeof KINDS> = {
  "module-state-changed": "life",
  "module-health-changed": "health",
  "recovery-step": "recovery",
  "error-reported": "recovery",
  "limit-passed": "recovery",
  "usage-read": "",
  "config-changed": "config",
  "config-rejected": "config",
  "system-status-changed": "system",
  note: "system",
};

const SHOWN_MAX = 400;

export function EventsPage(): ComponentChild {
  const events = useStore((state) => state.events);
  const [kind, setKind] = useState<keyof typeof KINDS>("");
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const found = useMemo(
    () =>
      events.filter(
        (event) =>
          (kind === "" || KIND_OF[event.type] === kind) &&
          (wanted === "" || JSON.stringify(event).toLowerCase().includes(wanted)),
      ),
    [events, kind, wanted],
  );
  return (
    <section class="full">
      <h1>Events</h1>
      <div class="bar">
        <input
          type="search"
          placeholder="Search"
          aria-label="Search the events"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <select
          aria-label="Which events"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as keyof typeof KINDS)}
        >
          {Object.entries(KINDS).map(([value, name]) => (
            <option value={value}>{name}</option>
          ))}
        </select>
        <small>
          {found.length} of the last {events.length}
        </small>
      </div>
      <EventList
        events={found.slice(-SHOWN_MAX)}
        empty={events.length === 0 ? "Nothing has happened yet." : "No event is like that."}
      />
    </section>
  );
}

type ListProps = {
  readonly events: readonly SystemEvent[];
  readonly empty: string;
  /** All are of one module: its name is left out. */
  readonly alone?: boolean;
};

export function EventList({ events, empty, alone = false }: ListProps): ComponentChild {
  if (events.length === 0) return <p class="empty-line">{empty}</p>;
  return (
    <ol class="events" tabIndex={0} aria-label="Events, newest first">
      {events.toReversed().map((event) => {
        const said = sentence(event);
        const module = "module" in event ? event.module : null;
        if (said === null) return null;
        return (
          <li key={event.seq} class={said.tone}>
            <time dateTime={new Date(event.timeMs).toISOString()}>{clock(event.timeMs)}</time>
            {!alone && (
              <span class="who">
                {module === null ? "·" : <a href={moduleHref(module)}>{module}</a>}
              </span>
            )}
            <span class="said">{withoutAdvice(said.text)}</span>
          </li>
        );
      })}
    </ol>
  );
}
