// systemd-unit.test.ts: units that systemd takes, also for names and paths that are hard to quote.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { installSteps, systemdUnit, type UnitFacts, unitNameOf } from "./systemd-unit.ts";

const FACTS: UnitFacts = {
  scope: "user",
  name: "shop",
  configFile: "/srv/shop/skelly.config.yaml",
  directory: "/srv/shop",
  node: process.execPath,
  program: "/opt/skelly/bin/skelly.js",
  profile: null,
  env: { PATH: "/usr/local/bin:/usr/bin" },
  shutdownTimeoutMs: 30_000,
  user: "daemon",
};

const hasVerify = spawnSync("systemd-analyze", ["--version"]).status === 0;
const skip = hasVerify ? false : "systemd-analyze is not here (Debian: package systemd)";

const lineOf = (unit: string, key: string): string | undefined =>
  unit.split("\n").find((line) => line.startsWith(`${key}=`));

test("it runs `up` in the foreground, stops it by asking, and gives it its time", () => {
  const unit = systemdUnit(FACTS);
  const start = `${process.execPath} /opt/skelly/bin/skelly.js -c /srv/shop/skelly.config.yaml up --logs`;
  assert.equal(lineOf(unit, "ExecStart"), `ExecStart=${start}`);
  assert.equal(lineOf(unit, "TimeoutStopSec"), "TimeoutStopSec=45");
  for (const line of ["Type=exec", "KillMode=mixed", "Delegate=yes", "NoNewPrivileges=yes"]) {
    assert.ok(unit.split("\n").includes(line), line);
  }
  assert.equal(lineOf(unit, "Restart"), "Restart=on-failure");
  assert.equal(lineOf(unit, "RestartPreventExitStatus"), "RestartPreventExitStatus=2 78");
});

test("a user's unit names no user; the system's does, and starts with the machine", () => {
  const own = systemdUnit(FACTS);
  assert.equal(lineOf(own, "User"), undefined);
  assert.equal(lineOf(own, "WantedBy"), "WantedBy=default.target");
  const whole = systemdUnit({ ...FACTS, scope: "system" });
  assert.equal(lineOf(whole, "User"), "User=daemon");
  assert.equal(lineOf(whole, "WantedBy"), "WantedBy=multi-user.target");
  assert.match(
    installSteps({ ...FACTS, scope: "system" }, null).join("\n"),
    /sudo systemctl enable --now/,
  );
});

test("what systemd or a shell would read as something else is quoted", () => {
  const hard = {
    ...FACTS,
    name: "my shop 100%",
    configFile: '/srv/my "shop" $HOME 5%/skelly.config.yaml',
    env: { PATH: '/a b:/c"d:/e%f' },
    profile: "dev",
  };
  const unit = systemdUnit(hard);
  assert.match(
    unit,
    /-c "\/srv\/my \\"shop\\" \$\$HOME 5%%\/skelly\.config\.yaml" up --logs --profile dev/,
  );
  assert.match(unit, /^Environment="PATH=\/a b:\/c\\"d:\/e%%f"$/m);
  assert.equal(unitNameOf(hard.name), "skelly-my-shop-100-.service");
  assert.match(installSteps(hard, "/tmp/it's here").join("\n"), /cp '\/tmp\/it'\\''s here'/);
});

for (const scope of ["user", "system"] as const) {
  test(`systemd-analyze verify has nothing to say of a ${scope} unit`, { skip }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), "skelly-unit-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const directory = join(folder, "my shop 100%");
    mkdirSync(directory);
    const facts = {
      ...FACTS,
      scope,
      name: "my shop",
      directory,
      configFile: join(directory, "skelly.config.yaml"),
    };
    const file = join(folder, unitNameOf(facts.name));
    writeFileSync(file, systemdUnit(facts));
    const flags = [...(scope === "user" ? ["--user"] : []), "--man=no", "--recursive-errors=no"];
    const env = { ...process.env, XDG_RUNTIME_DIR: folder };
    const seen = spawnSync("systemd-analyze", ["verify", ...flags, file], {
      encoding: "utf8",
      env,
      timeout: 20_000,
    });
    assert.equal(`${seen.stdout}${seen.stderr}`, "");
    assert.equal(seen.status, 0);
  });
}
