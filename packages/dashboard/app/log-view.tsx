// log-view.tsx: what modules write, as it is written: found, filtered, followed or held still.
import type { ApiLogLine } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { memo } from "preact/compat";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { modulePath } from "./api.ts";
import { clock } from "./format.ts";
import { type Fields, fieldsOf } from "./log-fields.ts";
import { moduleHref } from "./router.ts";
import { openStream } from "./stream.ts";

const KEPT_MAX = 5_000;
const SHOWN_MAX = 800;
const SHOW_EVERY_MS = 150;

export function LogView({ module }: { readonly module: string | null }): ComponentChild {
  const lines = useLines(module);
  const [text, setText] = useState("");
  const [from, setFrom] = useState("");
  const [errors, setErrors] = useState(false);
  const [held, setHeld] = useState<readonly ApiLogLine[] | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const all = held ?? lines.now;
  const names = useMemo(() => [...new Set(all.map((line) => line.module))].sort(), [all]);
  const wanted = text.trim().toLowerCase();
  const found = useMemo(
    () =>
      all.filter(
        (line) =>
          (from === "" || line.module === from) &&
          (!errors || line.stream === "err") &&
          (wanted === "" || line.text.toLowerCase().includes(wanted)),
      ),
    [all, from, errors, wanted],
  );
  const shown = found.slice(-SHOWN_MAX);
  useEffect(() => {
    if (held === null && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.at(-1), held]);
  const scrolled = (): void => {
    const element = box.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 30;
    if (atEnd && held !== null) setHeld(null);
    if (!atEnd && held === null) setHeld(lines.now);
  };
  return (
    <div class="logs">
      <div class="bar">
        <input
          type="search"
          placeholder="Search"
          aria-label="Search the lines"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {module === null && (
          <select
            aria-label="Of which module"
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          >
            <option value="">all modules</option>
            {names.map((name) => (
              <option value={name}>{name}</option>
            ))}
          </select>
        )}
        <label class="check">
          <input type="checkbox" checked={errors} onChange={() => setErrors(!errors)} />
          Only stderr
        </label>
        <button
          type="button"
          aria-pressed={held === null}
          onClick={() => setHeld(held === null ? lines.now : null)}
        >
          {held === null ? "Following" : `Follow (${lines.now.length - held.length} new)`}
        </button>
        <small>
          {found.length} {found.length === 1 ? "line" : "lines"}
          {found.length > shown.length && `, the last ${shown.length} shown`}
        </small>
      </div>
      <div
        class="lines"
        ref={box}
        onScroll={scrolled}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Log lines"
      >
        {shown.length === 0 ? (
          <p class="empty-line">{emptyText(lines.known, all.length)}</p>
        ) : (
          shown.map((line) => (
            <Line key={lines.keyOf(line)} line={line} wanted={wanted} alone={module !== null} />
          ))
        )}
      </div>
    </div>
  );
}

const emptyText = (known: boolean, count: number): string => {
  if (!known) return "Looking…";
  return count === 0 ? "Nothing has been written yet." : "No line is like that.";
};

type LineProps = { readonly line: ApiLogLine; readonly wanted: string; readonly alone: boolean };

const Line = memo(({ line, wanted, alone }: LineProps): ComponentChild => {
  const { text, fields, level } = fieldsOf(line.text);
  return (
    <div class={`log ${line.stream} ${level ?? ""}`}>
      <time
        dateTime={line.time}
        title={line.late ? "when it was read; written earlier" : line.time}
      >
        {line.late ? "~" : ""}
        {clock(line.timeMs)}
      </time>
      {!alone && (
        <a class={`who hue${hue(line.module)}`} href={moduleHref(line.module)}>
          {line.module}
        </a>
      )}
      <span class="text">
        {marked(text, wanted)}
        <FieldList fields={fields} wanted={wanted} />
      </span>
    </div>
  );
});

const FieldList = ({ fields, wanted }: { readonly fields: Fields; readonly wanted: string }) => (
  <>
    {fields.map(([name, value]) => (
      <span class="field">
        {" "}
        <i>{name}=</i>
        {marked(value, wanted)}
      </span>
    ))}
  </>
);

function marked(text: string, wanted: string): ComponentChild {
  if (wanted === "") return text;
  const at = text.toLowerCase().indexOf(wanted);
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + wanted.length)}</mark>
      {marked(text.slice(at + wanted.length), wanted)}
    </>
  );
}

const hue = (name: string): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % 6;

type Lines = {
  readonly now: readonly ApiLogLine[];
  readonly known: boolean;
  readonly keyOf: (line: ApiLogLine) => number;
};

function useLines(module: string | null): Lines {
  const [now, show] = useState<readonly ApiLogLine[]>([]);
  const [known, setKnown] = useState(false);
  const keys = useRef(new WeakMap<ApiLogLine, number>());
  useEffect(() => {
    let kept: readonly ApiLogLine[] = [];
    let fresh = true;
    let key = 0;
    let due: ReturnType<typeof setTimeout> | null = null;
    const path = module === null ? "/v1/logs" : `${modulePath(module)}/logs`;
    const stop = openStream(
      `${path}?follow=1&lines=500`,
      ({ data }) => {
        const more = JSON.parse(data) as readonly ApiLogLine[];
        for (const line of more) keys.current.set(line, key++);
        // The first word after the line was down begins anew.
        kept = (fresh ? more : [...kept, ...more]).slice(-KEPT_MAX);
        fresh = false;
        due ??= setTimeout(() => {
          due = null;
          setKnown(true);
          show(kept);
        }, SHOW_EVERY_MS);
      },
      () => {
        fresh = true;
      },
    );
    return () => {
      stop();
      if (due !== null) clearTimeout(due);
    };
  }, [module]);
  return { now, known, keyOf: (line) => keys.current.get(line) ?? 0 };
}
