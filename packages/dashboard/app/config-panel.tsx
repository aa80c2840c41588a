// config-panel.tsx: a module's configuration: in force, before, and changed with its plan shown first.
import type { ApiConfig, ApiConfigVersion, ApiPlan, Json } from "@skelly-jelly/contract";
import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, messageOf, modulePath } from "./api.ts";
import { patchOf } from "./config-patch.ts";
import { confirm, note } from "./confirm.tsx";
import { dayAndTime } from "./format.ts";

type Props = { readonly id: string; readonly version: number };

export function ConfigPanel({ id, version }: Props): ComponentChild {
  const [config, setConfig] = useState<ApiConfig | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [draft, setDraft] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const path = `${modulePath(id.replace(/#\d+$/, ""))}/config`;
  const load = (): void => {
    ask<ApiConfig>(path).then(
      (found) => {
        setConfig(found);
        setTrouble(null);
      },
      (error) => setTrouble(messageOf(error)),
    );
  };
  useEffect(load, [path, version]);

  const plan = async (): Promise<void> => {
    if (draft === null || config === null) return;
    setFault(null);
    try {
      const patch = patchOf(config.config, JSON.parse(draft) as Json);
      const ifMatch = `"${config.version}"`;
      const planned = await ask<ApiPlan>(`${path}?dryRun=1`, {
        method: "PATCH",
        body: patch,
        ifMatch,
      });
      if (planned.effect === "none") return setFault("Nothing would change.");
      confirm({
        title: `Change the configuration of ${planned.module}?`,
        text: planText(planned),
        verb: "Change it",
        harmful: planned.effect === "restart",
        act: () => void apply(patch, ifMatch),
      });
    } catch (error) {
      setFault(messageOf(error));
    }
  };
  const apply = async (body: Json, ifMatch: string): Promise<void> => {
    note("Changing the configuration…", "busy");
    try {
      const done = await ask<{ version: number; outcome: string }>(path, {
        method: "PATCH",
        body,
        ifMatch,
      });
      note(`Version ${done.version} is in force (${done.outcome}).`, "good");
      setDraft(null);
    } catch (error) {
      note(messageOf(error), "bad");
    }
    load();
  };

  return (
    <section aria-labelledby="config">
      <div class="bar">
        <h2 id="config">Configuration</h2>
        {config !== null && <small>version {config.version}</small>}
        {config !== null && draft === null && (
          <button type="button" onClick={() => setDraft(JSON.stringify(config.config, null, 2))}>
            Change…
          </button>
        )}
      </div>
      {config === null && (
        <p class="empty-line">{trouble === null ? "Looking…" : `Not to be had: ${trouble}`}</p>
      )}
      {config !== null && draft === null && <Shown config={config} />}
      {draft !== null && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void plan();
          }}
        >
          <label for="draft">As JSON. Values shown as *** stay as they are.</label>
          <textarea
            id="draft"
            rows={Math.min(18, draft.split("\n").length + 1)}
            spellcheck={false}
            value={draft}
            onInput={(event) => setDraft(event.currentTarget.value)}
          />
          {fault !== null && (
            <p class="line bad" role="alert">
              {fault}
            </p>
          )}
          <div class="buttons">
            <button
              type="button"
              onClick={() => {
                setDraft(null);
                setFault(null);
              }}
            >
              Cancel
            </button>
            <button type="submit" class="primary">
              Show the plan
            </button>
          </div>
        </form>
      )}
      {config !== null && config.history.length > 0 && <History versions={config.history} />}
    </section>
  );
}

function Shown({ config }: { readonly config: ApiConfig }): ComponentChild {
  if (Object.keys(config.config).length === 0) {
    return <p class="empty-line">It has none: it runs with its own defaults.</p>;
  }
  return <pre tabIndex={0}>{JSON.stringify(config.config, null, 2)}</pre>;
}

function History({ versions }: { readonly versions: readonly ApiConfigVersion[] }): ComponentChild {
  return (
    <details class="history">
      <summary>
        {versions.length} {versions.length === 1 ? "change" : "changes"}
      </summary>
      <ol>
        {versions.map((each) => (
          <li>
            <span class={`word ${isGood(each) ? "good" : "bad"}`}>{each.outcome}</span> version{" "}
            {each.previousVersion} → {each.version}{" "}
            <small>
              {dayAndTime(each.timeMs)}, by {each.by}
            </small>
            {each.config !== null && <pre tabIndex={0}>{JSON.stringify(each.config, null, 2)}</pre>}
          </li>
        ))}
      </ol>
    </details>
  );
}

const isGood = ({ outcome }: ApiConfigVersion): boolean =>
  outcome === "applied" || outcome === "restarted";

const planText = ({ changes, says, follows }: ApiPlan): string[] => [
  ...changes
    .slice(0, 12)
    .map(
      ({ path, before, after }) => `${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
    ),
  ...(changes.length > 12 ? [`and ${changes.length - 12} more`] : []),
  says,
  ...(follows.length > 0
    ? [`If it restarts: ${follows.map(({ module, how }) => `${module} (${how})`).join(", ")}.`]
    : []),
];
