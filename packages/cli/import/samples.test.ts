// samples.test.ts: every sample is imported by the real command, and what comes out is run.
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { SystemStatusReport } from "@skelly-jelly/contract";
import { Rig } from "../e2e/rig.ts";
import { readSystem } from "../read-config/read-system.ts";

const SAMPLES = fileURLToPath(new URL("./samples", import.meta.url));
const SECRET = "tok-never-written";

/** A folder with the samples; the Procfile's environment only where it is the one imported. */
function samplesIn(t: TestContext, sample: string): Rig {
  const rig = new Rig(t, {
    env: { SHOP_TOKEN: SECRET, SHOP_SECRET: SECRET, SHOP_TITLE: "title" },
  });
  cpSync(SAMPLES, rig.folder, { recursive: true });
  if (sample === "Procfile") renameSync(join(rig.folder, "procfile.env"), join(rig.folder, ".env"));
  return rig;
}

type Sample = {
  readonly file: string;
  readonly modules: readonly string[];
  /** What must have been named as not carried over. */
  readonly notCarried: readonly string[];
  /** Looks at the running system. */
  readonly runs: (rig: Rig, report: SystemStatusReport) => Promise<void>;
};

const stateOf = ({ modules }: SystemStatusReport): Record<string, string> =>
  Object.fromEntries(modules.map(({ id, state }) => [id, state]));

const said = async (rig: Rig, module: string, text: string): Promise<void> => {
  await rig.eventually(`${module} said '${text}'`, async () =>
    (await rig.ok("logs", module)).out.includes(text),
  );
};

const TABLE: readonly Sample[] = [
  {
    file: "Procfile",
    modules: ["web", "worker", "release"],
    notCarried: ["the end of one process ends all the others"],
    async runs(rig, report) {
      assert.deepEqual(stateOf(report), {
        web: "running",
        worker: "running",
        release: "completed",
      });
      await said(rig, "web", "web on 5000");
      await said(rig, "worker", "working for mail");
    },
  },
  {
    file: "process-compose.yaml",
    modules: ["migrate", "database", "api", "extra", "bashful"],
    notCarried: ["namespace", "http_get headers", "exit_on_end", "disabled", "colour", "log_level"],
    async runs(rig, report) {
      const states = stateOf(report);
      assert.equal(states["migrate"], "completed");
      assert.equal(states["database"], "running");
      assert.equal(states["extra"], undefined);
      assert.equal(rig.read("migrated.txt"), "hello\n");
      assert.ok(existsSync(join(rig.folder, "api.ready")));
    },
  },
  {
    file: "ecosystem.config.cjs",
    modules: ["api", "worker-one", "nightly"],
    notCarried: [
      "exec_mode: cluster with 2 instances",
      "wait_ready",
      "out_file",
      "watch",
      "cron_restart",
      "deploy",
    ],
    async runs(rig, report) {
      assert.equal(report.modules.filter(({ id }) => id.startsWith("worker-one")).length, 2);
      await said(rig, "api", "--port|8080|--title|a b");
    },
  },
  {
    file: "ecosystem.json",
    modules: ["tick"],
    notCarried: ["colour", "kill_retry_time"],
    async runs(_, report) {
      assert.deepEqual(stateOf(report), { tick: "running" });
    },
  },
  {
    file: "compose.yaml",
    modules: ["migrate", "api", "worker", "tools"],
    notCarried: ["the service 'database'", "ports", "image", "networks", "volumes", "build"],
    async runs(rig, report) {
      assert.equal(report.system, "shop");
      assert.equal(stateOf(report)["migrate"], "completed");
      assert.equal(stateOf(report)["api"], "running");
      assert.ok(existsSync(join(rig.folder, "api.ready")));
      const pid = report.modules.find(({ id }) => id === "api")?.pid;
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      assert.ok(environment.includes("GREETING=hello world"));
      assert.ok(environment.includes(`SECRET=${SECRET}`));
    },
  },
  {
    file: "supervisord.conf",
    modules: ["web", "worker", "queue_00", "queue_01", "extra"],
    notCarried: [
      "stdout_logfile",
      "colour",
      "[group:back]",
      "[eventlistener:memmon]",
      "autostart=false",
    ],
    async runs(rig, report) {
      assert.equal(report.modules.filter(({ state }) => state === "running").length, 5);
      await said(rig, "web", "web web 100%");
      const pid = report.modules.find(({ id }) => id.startsWith("worker"))?.pid;
      assert.ok(readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("sleep\x00300"));
    },
  },
];

for (const { file, modules, notCarried, runs } of TABLE) {
  test(`${file} is imported, is right, and runs`, async (t) => {
    const rig = samplesIn(t, file);
    const { out } = await rig.ok("import", file, "--json");
    const printed = JSON.parse(out) as {
      file: string;
      modules: string[];
      notCarried: { module: string | null; what: string; where: string; instead: string }[];
    };
    assert.equal(printed.file, join(rig.folder, "skelly.config.yaml"));
    assert.deepEqual(printed.modules, modules);
    const named = new Set(printed.notCarried.map(({ what }) => what));
    for (const what of notCarried) assert.ok(named.has(what), `${what} is not among ${[...named]}`);
    const text = rig.read("skelly.config.yaml");
    for (const { where } of printed.notCarried)
      assert.ok(text.replace(/\n *# +/g, " ").includes(`(${where})`));
    assert.ok(!text.includes(SECRET));

    const read = await readSystem(printed.file, {
      env: { ...process.env, SHOP_TOKEN: "", SHOP_SECRET: "" },
    });
    assert.deepEqual(read.problems, []);
    await rig.ok("up", "-d");
    await runs(rig, await rig.status());
    await rig.ok("down");
    await rig.untilNoneLeft();
  });
}

test("a file that is there is never written over without --force, and nothing is left beside it", async (t) => {
  const rig = samplesIn(t, "ecosystem.json");
  rig.write("skelly.config.yaml", "name: mine\n");
  const refused = await rig.run("import", "ecosystem.json");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /is there already; nothing was changed/);
  assert.equal(rig.read("skelly.config.yaml"), "name: mine\n");

  const forced = await rig.ok("import", "ecosystem.json", "--force");
  assert.match(forced.out, /wrote skelly\.config\.yaml from ecosystem\.json \(PM2\): 1 module\n/);
  assert.match(forced.out, /tick: colour \(ecosystem\.json:\d+\)\. /);
  await rig.ok("import", "ecosystem.json", "--out", "sub/other.yaml");
  assert.match(rig.read("sub/other.yaml"), /cwd: \.\.\n/);
  await rig.ok("validate", "-c", "sub/other.yaml");
  assert.deepEqual(
    readdirSync(rig.folder).filter((name) => name.startsWith(".")),
    [],
  );
});

test("the file is found by its name; several have to be told apart; wrong usage says what is right", async (t) => {
  const rig = new Rig(t);
  const nothing = await rig.run("import");
  assert.equal(nothing.code, 2);
  assert.match(nothing.err, /no file that can be imported/);
  rig.write("Procfile", "web: sleep 9\n");
  await rig.ok("import");
  rig.write("compose.yaml", "services: { a: { command: sleep 9 } }\n");
  const several = await rig.run("import", "--force");
  assert.equal(several.code, 2);
  assert.match(several.err, /Which of these: Procfile, compose\.yaml\?/);
  await rig.ok("import", "--force", "--format", "compose");
  assert.match(rig.read("skelly.config.yaml"), /from compose\.yaml \(Compose\)/);
  rig.write("odd.txt", "[program:x]\ncommand=sleep 9\n");
  await rig.ok("import", "odd.txt", "--force");
  assert.match(rig.read("skelly.config.yaml"), /from odd\.txt \(supervisord\)/);
  rig.write("notes.yaml", "name: x\n");
  const whose = await rig.run("import", "notes.yaml", "--force");
  assert.equal(whose.code, 2);
  assert.match(whose.err, /not plain whose file notes\.yaml is/);
  const unknown = await rig.run("import", "odd.txt", "--format", "procfil", "--force");
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /Did you mean 'procfile'/);
  rig.write("Procfile", "web\n");
  const malformed = await rig.run("import", "Procfile", "--force");
  assert.equal(malformed.code, 78);
  assert.match(malformed.err, /Procfile:1: a line must be `name: command`/);
  assert.match(rig.read("skelly.config.yaml"), /odd\.txt/);
});
