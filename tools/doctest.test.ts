// doctest.test.ts: every example in README and docs is a test: programs run, systems are valid, commands and links exist.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { MachineChecks } from "@skelly-jelly/contract";
import { formatProblems, resolveSystem } from "@skelly-jelly/contract";
import { parseArguments, splitVerb } from "../packages/cli/args.ts";
import { CONFIG_NOT_BUILT, NOT_BUILT, VERBS } from "../packages/cli/commands/verbs.ts";
import { readSystem } from "../packages/cli/read-config/read-system.ts";
import {
  commandsOf,
  documents,
  type Fence,
  fencesOf,
  fileOf,
  HELPER,
  linksOf,
  linkTrouble,
  missingPaths,
  ROOT,
  textOf,
  withAssertions,
} from "./doctest.ts";

const RUN_LIMIT_MS = 30_000;

const all = documents();
const fences = all.flatMap((document) => fencesOf(document));
const checked = fences.filter(({ unchecked }) => unchecked === null);
const programs = checked.filter(({ language }) => language === "ts");

/** In a `dist`: no tool looks there, and packages are found from there as from anywhere here. */
mkdirSync(join(ROOT, "docs/dist"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "docs/dist/doctest-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Each document has a folder of its own: its programs may import each other. */
const folderOf = (document: string): string => join(folder, document.replace(/[/.]/g, "-"));
const pathOf = (fence: Fence): string => join(folderOf(fence.document), fileOf(fence));
const placeOf = ({ document, line }: Fence): string => `${document}:${line}`;

const written = new Set<string>();
for (const fence of programs) {
  const path = pathOf(fence);
  assert.ok(!written.has(path), `${placeOf(fence)}: a second ${fileOf(fence)} in one document`);
  written.add(path);
  mkdirSync(folderOf(fence.document), { recursive: true });
  writeFileSync(join(folderOf(fence.document), "doctest-equal.ts"), HELPER);
  writeFileSync(path, withAssertions(fence.text, "./doctest-equal.ts"));
}

test("every ts fence type-checks", () => {
  const config = join(folder, "tsconfig.json");
  const extend = { extends: "../../../tsconfig.json", files: [...written] };
  writeFileSync(config, JSON.stringify(extend));
  try {
    execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", config], { cwd: ROOT });
  } catch (error) {
    // What is wrong elsewhere is told by `npm run check`.
    const told = String((error as { readonly stdout?: Buffer }).stdout ?? error).split("\n");
    assert.deepEqual(
      told.filter((line) => line.includes(basename(folder)) || line.startsWith("Error")),
      [],
    );
  }
});

test("every ts fence runs, and what it shows is so", { concurrency: 2 }, async (t) => {
  const env = { ...process.env };
  // Else a program with tests of its own would report to the runner of this one.
  delete env["NODE_TEST_CONTEXT"];
  await Promise.all(
    programs.map((fence) =>
      t.test(`${placeOf(fence)} ${fileOf(fence)}`, async () => {
        const options = {
          cwd: folderOf(fence.document),
          env,
          timeout: RUN_LIMIT_MS,
          killSignal: "SIGKILL",
        } as const;
        const args = ["--conditions=source", pathOf(fence)];
        await promisify(execFile)(process.execPath, args, options).catch((error: unknown) => {
          const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
          assert.fail(`${placeOf(fence)}: ${stdout}${stderr || String(error)}`);
        });
      }),
    ),
  );
});

/** Has whatever it is asked for. */
const agreeable: MachineChecks = {
  exists: (path) => (extname(path) === "" ? "directory" : "file"),
  findCommand: (name) => `/bin/${name}`,
  names: () => [],
  readText: () => "",
};

test("every system in a yaml or json fence passes the reader", async () => {
  const systems = checked.filter(
    ({ language, text }) =>
      (language === "yaml" && /^modules:/m.test(text)) ||
      (language === "json" && /^ {2}"modules":/m.test(text)),
  );
  assert.ok(systems.length > 0);
  for (const fence of systems) {
    const path = join(folder, `skelly.config.${fence.language}`);
    writeFileSync(path, fence.text);
    const { problems } = await readSystem(path, { machine: agreeable });
    const told = formatProblems(problems, { color: false });
    assert.equal(told, formatProblems([], { color: false }), placeOf(fence));
  }
});

test("every skelly.config.ts passes the check", async () => {
  for (const fence of programs.filter((each) => fileOf(each) === "skelly.config.ts")) {
    const { default: config } = await import(pathToFileURL(pathOf(fence)).href);
    const directory = folderOf(fence.document);
    const { problems } = resolveSystem(config, { directory, env: {}, machine: agreeable });
    assert.deepEqual(problems, [], placeOf(fence));
  }
});

const noPython = spawnSync("python3", ["--version"]).status !== 0;

test("every python fence compiles", {
  skip: noPython ? "there is no python3 on this machine" : false,
}, () => {
  for (const fence of checked.filter(({ language }) => language === "python")) {
    const compile = "import sys; compile(sys.stdin.read(), 'fence', 'exec')";
    const { stderr } = spawnSync("python3", ["-c", compile], { input: fence.text });
    assert.equal(String(stderr), "", placeOf(fence));
  }
});

test("every json fence is JSON", () => {
  for (const fence of checked.filter(({ language }) => language === "json")) {
    assert.doesNotThrow(() => JSON.parse(fence.text), placeOf(fence));
  }
});

test("every command that is shown exists, with its flags", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const troubles: string[] = [];
  for (const { place, words } of all.flatMap(commandsOf)) {
    const [program, ...rest] = words;
    if (program === "npm" && rest[0] === "run" && !(String(rest[1]) in scripts)) {
      troubles.push(`${place}: package.json has no script '${rest[1]}'`);
    }
    if (program !== "skelly") continue;
    const { verb, rest: args } = splitVerb(rest.filter((word) => word !== ">"));
    const known = VERBS.find(({ name, aliases }) => name === verb || aliases?.includes(verb ?? ""));
    try {
      if (verb !== null && known === undefined) throw new Error(`no verb '${verb}'`);
      parseArguments(args, known?.flags ?? [], verb ?? "");
    } catch (error) {
      troubles.push(`${place}: ${(error as Error).message}`);
    }
  }
  assert.deepEqual(troubles, []);
});

test("the README names exactly the verbs that are not built", () => {
  const text = textOf("README.md").replace(/\s+/g, " ");
  const [, verbs = "", ofConfig = ""] =
    /not built: ([^;]+); and of config: ([^.]+)\./.exec(text) ?? [];
  assert.deepEqual(verbs.split(", ").sort(), [...NOT_BUILT].sort());
  assert.deepEqual(ofConfig.split(", ").sort(), [...CONFIG_NOT_BUILT].sort());
});

test("every link and every path that is named resolves", () => {
  const links = all.flatMap(linksOf).map(linkTrouble);
  const troubles = [...links.filter((each) => each !== null), ...all.flatMap(missingPaths)];
  assert.deepEqual(troubles, []);
});

test("a fence that is passed over says why", () => {
  const silent = fences.filter(({ unchecked }) => unchecked !== null && unchecked.length < 10);
  assert.deepEqual(silent.map(placeOf), []);
});

test("fences are found with their place, and shown values become assertions", () => {
  const text =
    "# T\n```ts\n1 + 1; // => 2\nconst a = [3]; // => [3]\n```\n```ts nocheck: only an idea\nx\n```\n";
  const [first, second] = fencesOf("T.md", text);
  assert.equal(first?.line, 3);
  assert.equal(second?.unchecked, "only an idea");
  assert.equal(
    withAssertions(first?.text ?? "", "./e.ts"),
    'import { doctestEqual } from "./e.ts"; doctestEqual(1 + 1, 2);\n' +
      "const a = [3]; doctestEqual(a, [3]);\n",
  );
});
