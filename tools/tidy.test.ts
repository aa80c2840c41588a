// tidy.test.ts: the house rules that a machine can check, kept as an ordinary test.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Packages, lowest first: one may import only from those before it. */
const PACKAGES: readonly string[] = [
  "contract",
  "event-bus",
  "module",
  "orchestrator",
  "dashboard",
  "gateway",
  "cli",
];
const NAMES: Readonly<Record<string, string>> = {
  "@skelly-jelly/contract": "contract",
  "@skelly-jelly/event-bus": "event-bus",
  "@skelly-jelly/module": "module",
  "@skelly-jelly/orchestrator": "orchestrator",
  "@skelly-jelly/dashboard": "dashboard",
  "@skelly-jelly/gateway": "gateway",
  "skelly-jelly": "cli",
};
/** Inside the orchestrator: a file may import from a lower rank or from its own folder. */
const RANK: Readonly<Record<string, number>> = {
  model: 0,
  policy: 1,
  ports: 1,
  engine: 2,
  node: 3,
  testkit: 3,
};
const OUTSIDE = /\b(Date\.now|new Date\(\)|setTimeout|setInterval|Math\.random|process\.env)\b/;
const PRETENDING = /\b(in a (real|full) implementation|for now|would go here|simulated values?)\b/i;
const LINES_MAX = 300;
const COLUMNS_MAX = 120;

type Source = {
  readonly path: string;
  readonly text: string;
  /** Paths of files, from the root. */
  readonly imports: readonly string[];
  /** Names of packages. */
  readonly uses: readonly string[];
};

const isTest = (path: string): boolean =>
  /\.(test|fixture|harness)\.ts$|\/(acceptance|testkit|testing|e2e)\//.test(path);

function sources(): readonly Source[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return listed
    .split("\n")
    .filter((path) => /^(packages|modules|tools|bench|examples)\/.*\.ts$/.test(path))
    .filter((path) => !path.endsWith(".d.ts") && existsSync(join(ROOT, path)))
    .map((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      const found = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"/gm)];
      const named = found.map((match) => match[1] ?? "");
      return {
        path,
        text,
        imports: named
          .filter((name) => name.startsWith("."))
          .map((name) => normalize(join(dirname(path), name))),
        uses: named.filter((name) => !name.startsWith(".")),
      };
    });
}

const files = sources();
const live = files.filter(({ path }) => !isTest(path));
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
const complaints = (
  among: readonly Source[],
  check: (file: Source) => readonly string[],
): readonly string[] => among.flatMap((file) => check(file).map((what) => `${file.path}: ${what}`));

test("packages import one way, lowest first", () => {
  assert.deepEqual(
    complaints(live, ({ path, uses }) => {
      const own = /^packages\/([^/]+)/.exec(path)?.[1];
      const rank = PACKAGES.indexOf(own ?? "");
      if (rank < 0) return [];
      return uses.flatMap((name) => {
        const used =
          NAMES[
            name
              .split("/")
              .slice(0, name.startsWith("@") ? 2 : 1)
              .join("/")
          ];
        const other = PACKAGES.indexOf(used ?? "");
        return other > rank ? [`must not import ${name}`] : [];
      });
    }),
    [],
  );
});

test("modules use packages/module and the system's own events, nothing else of ours", () => {
  assert.deepEqual(
    complaints(
      live.filter(({ path }) => path.startsWith("modules/")),
      ({ path, uses }) =>
        uses
          .filter((name) => name.startsWith("@skelly-jelly/") || name === "skelly-jelly")
          .filter((name) => !/^@skelly-jelly\/(module|events)(\/|$)/.test(name))
          .map((name) => `${path} must not import ${name}`),
    ),
    [],
  );
});

test("imports inside the orchestrator run one way", () => {
  const layerOf = (path: string): string | undefined =>
    /^packages\/orchestrator\/([^/]+)\//.exec(path)?.[1];
  assert.deepEqual(
    complaints(live, ({ path, imports }) => {
      const from = layerOf(path);
      const rank = RANK[from ?? ""];
      if (rank === undefined) return [];
      return imports
        .filter((target) => {
          const to = layerOf(target);
          return to !== undefined && to !== from && (RANK[to] ?? Infinity) >= rank;
        })
        .map((target) => `must not import ${target}`);
    }),
    [],
  );
});

test("no file takes part in an import cycle", () => {
  const graph = new Map(live.map(({ path, imports }) => [path, imports]));
  const reaches = (start: string): boolean => {
    const seen = new Set<string>();
    const queue = [...(graph.get(start) ?? [])];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (next === start) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(...(graph.get(next) ?? []));
    }
    return false;
  };
  assert.deepEqual([...graph.keys()].filter(reaches), []);
});

test("model, policy, ports and engine touch neither time nor chance nor the environment", () => {
  assert.deepEqual(
    complaints(live, ({ path, text }) => {
      if (!/^packages\/orchestrator\/(model|policy|ports|engine)\//.test(path)) return [];
      const hit = OUTSIDE.exec(code(text));
      return hit === null ? [] : [`uses ${hit[0]}; take a port instead`];
    }),
    [],
  );
});

test("model and policy are pure: no promises, no imports of Node", () => {
  assert.deepEqual(
    complaints(live, ({ path, text, uses }) => {
      if (!/^packages\/orchestrator\/(model|policy)\//.test(path)) return [];
      const hit = /\b(async|await|Promise)\b/.exec(code(text));
      return [
        ...(hit === null ? [] : [`uses ${hit[0]}`]),
        ...uses.filter((name) => name.startsWith("node:")).map((name) => `imports ${name}`),
      ];
    }),
    [],
  );
});

test("nothing pretends to work", () => {
  assert.deepEqual(
    complaints(
      files.filter(({ path }) => path !== "tools/tidy.test.ts"),
      ({ text }) => {
        const hit = PRETENDING.exec(text);
        return hit === null ? [] : [`says "${hit[0]}"`];
      },
    ),
    [],
  );
});

test("files open with a sentence and fit in 300 lines; comments in 120 columns", () => {
  assert.deepEqual(
    complaints(live, ({ text }) => {
      const lines = text.split("\n");
      const wide = lines.findIndex(
        // The formatter holds code to 100; it cannot break a comment or a long text.
        (line) =>
          line.length > COLUMNS_MAX && /^\s*(\/\/|\*|\/\*)/.test(line) && !/https?:/.test(line),
      );
      return [
        ...(/^(#!.*\n)?\/(\/|\*\*) ?\S/.test(text) ? [] : ["has no opening sentence"]),
        ...(lines.length > LINES_MAX + 1 ? [`has ${lines.length} lines`] : []),
        ...(wide >= 0 ? [`line ${wide + 1} is too wide`] : []),
      ];
    }),
    [],
  );
});

test("the files committed name no path of a developer's machine", () => {
  const found = complaints(files, ({ path, text }) =>
    path !== "tools/tidy.test.ts" && /(^|[^\w.-])\/work\//m.test(text)
      ? ["names a path of a machine"]
      : [],
  );
  assert.deepEqual(found, []);
});
