// pm2.ts: imports PM2 ecosystem files: .json, .yaml, and the programs .js, .cjs and .mjs.
import { extname } from "node:path";
import type { ProfileConfig } from "@skelly-jelly/contract";
import { readCodePlaces } from "../read-config/read-code-places.ts";
import { readJson } from "../read-config/read-json.ts";
import { readYaml } from "../read-config/read-yaml.ts";
import { type Evaluated, evaluateEcosystem } from "./evaluate-ecosystem.ts";
import { Group, type Origin } from "./group.ts";
import type { Draft, Imported, Source } from "./imported.ts";
import { malformed } from "./notes.ts";
import { Ids } from "./parts.ts";
import { draftOf, type EcosystemApp } from "./pm2-app.ts";

type Ecosystem = {
  readonly value: unknown;
  readonly origin: Origin;
  /** What a program read of its environment. */
  readonly read: Evaluated["read"];
};

export function importPm2(source: Source): Imported {
  const { shown, notes } = source;
  const { value, origin, read } = ecosystemOf(source);
  const root = Array.isArray(value)
    ? new Group({ apps: value }, [], origin)
    : Group.of(value, [], origin);
  const apps = appsOf(root);
  if (apps.length === 0) throw malformed(shown, root.line("apps"), "it has no apps");
  const ids = new Ids();
  const profiles = new Map<string, Record<string, { env: Record<string, string> }>>();
  const drafts = apps.map((group): Draft => {
    const app: EcosystemApp = { group, source, ids, read };
    const { draft, environments } = draftOf(app);
    for (const [name, env] of environments) {
      profiles.set(name, { ...profiles.get(name), [draft.id]: { env } });
    }
    return draft;
  });
  if (root.keys().includes("apps")) {
    root.noteRest(notes, null, {
      deploy: "Skelly does not deploy; keep that with `pm2 deploy`, ssh or your CI.",
    });
  }
  if (Object.keys(read).length > 0) {
    notes.add({
      module: null,
      what: `what the file reads of its environment: ${Object.keys(read).join(", ")}`,
      line: null,
      instead:
        "The values of the day of the import are written here, where they are not `env:` references.",
    });
  }
  const layers: Record<string, ProfileConfig> = {};
  for (const [name, modules] of profiles) layers[name] = { modules };
  return { name: null, drafts, leftOut: [], profiles: layers };
}

function ecosystemOf(source: Source): Ecosystem {
  const { file, shown, text } = source;
  const ending = extname(file);
  if (/^\.[cm]?[jt]s$/.test(ending)) {
    const { value, read } = evaluateEcosystem(source);
    // `module.exports =` is read as the default export that it is.
    const places = readCodePlaces(
      text.replace(/module\.exports\s*=/, (found) => "export default".padEnd(found.length)),
    );
    return { value, read, origin: { shown, places } };
  }
  const { value, places, problems } = ending === ".json" ? readJson(text) : readYaml(text);
  const [problem] = problems.filter(({ severity }) => severity === "error");
  if (problem !== undefined) throw malformed(shown, problem.line, problem.message);
  return { value, read: {}, origin: { shown, places } };
}

/** A list of apps, one app, or a file that is itself one app. */
function appsOf(root: Group): Group[] {
  if (root.isList("apps")) return root.items("apps");
  if (root.has("apps")) return [root.inner("apps")];
  const alone = ["script", "exec", "cmd", "command"].some((key) => root.has(key));
  return alone ? [root] : [];
}
