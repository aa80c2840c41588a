// state-paths.test.ts: where things are: state, configuration, arguments, Node.js.
import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parseArguments, splitVerb } from "./args.ts";
import { findConfig } from "./find-config.ts";
import { findRuntime, isGood } from "./runtime.ts";
import { assertPrivate, homeOf, prepareHome, statePaths } from "./state-paths.ts";

function withFolder(story: (folder: string) => void): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "skelly-state-")));
  try {
    story(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("state lives beside the configuration, by links or not, or where SKELLY_HOME says", () =>
  withFolder((folder) => {
    mkdirSync(join(folder, "real"));
    symlinkSync(join(folder, "real"), join(folder, "link"));
    const config = join(folder, "link", "skelly.config.yaml");
    assert.equal(homeOf(config, {}), join(folder, "real", ".skelly"));
    assert.equal(homeOf(config, { SKELLY_HOME: "/srv/state" }), "/srv/state");
    assert.equal(homeOf(null, {}), null);
  }));

test("a socket path that is too long is replaced by a short one, the same each time", () =>
  withFolder((folder) => {
    const home = join(folder, "x".repeat(120));
    const inRuntime = statePaths(home, { XDG_RUNTIME_DIR: folder }).socket;
    assert.match(inRuntime, /\/skelly-[0-9a-f]{16}\.sock$/);
    assert.equal(dirname(inRuntime), folder);
    assert.equal(statePaths(home, { XDG_RUNTIME_DIR: folder }).socket, inRuntime);
    assert.match(statePaths(home, {}).socket, /^\/tmp\/skelly-\w+\/[0-9a-f]{16}\.sock$/);
    assert.equal(statePaths("/srv/s", {}).socket, "/srv/s/control.sock");
  }));

test("a borrowed folder that others may use is refused", () =>
  withFolder((folder) => {
    chmodSync(folder, 0o777);
    const paths = statePaths(join(folder, "x".repeat(120)), { XDG_RUNTIME_DIR: folder });
    assert.throws(() => assertPrivate(paths), /is not a folder that only you can use/);
    chmodSync(folder, 0o700);
    prepareHome(paths);
    assert.equal(statSync(paths.home).mode & 0o777, 0o700);
  }));

test("the nearest configuration upwards is found, TypeScript first", () =>
  withFolder((folder) => {
    mkdirSync(join(folder, "a", "b"), { recursive: true });
    for (const name of ["skelly.config.yaml", "skelly.config.ts"])
      writeFileSync(join(folder, name), "");
    const found = findConfig(null, join(folder, "a", "b"));
    assert.equal(found?.file, join(folder, "skelly.config.ts"));
    assert.deepEqual(found?.ignored, [join(folder, "skelly.config.yaml")]);
    assert.throws(() => findConfig("nowhere.yaml", folder), /nowhere\.yaml is not there/);
  }));

test("flags may stand before and behind the verb, joined or apart", () => {
  assert.deepEqual(splitVerb(["-c", "up", "status", "--json"]), {
    verb: "status",
    rest: ["-c", "up", "--json"],
  });
  const flags = [
    { name: "follow", short: "f", says: "" },
    { name: "lines", short: "n", takes: "N", says: "" },
  ];
  for (const words of [
    ["-fn5", "api"],
    ["-f", "-n", "5", "api"],
    ["api", "--lines=5", "--follow"],
  ]) {
    const args = parseArguments(words, flags, "logs");
    assert.deepEqual([args.words, args.value("lines"), args.has("follow")], [["api"], "5", true]);
  }
  assert.deepEqual(parseArguments(["set", "x", "-5"], flags, "config").words, ["set", "x", "-5"]);
  assert.deepEqual(parseArguments(["--", "--lines"], flags, "logs").words, ["--lines"]);
  assert.throws(() => parseArguments(["--follow=no"], flags, "logs"), /takes no value/);
  assert.throws(() => parseArguments(["-n"], flags, "logs"), /needs a value: -n N/);
});

test("Node.js is good from 22.18 on, and the one that is chosen must be", () => {
  const versions = ["20.20.2", "22.17.9", "22.18.0", "23.5.0", "23.6.0", "24.0.0"];
  assert.deepEqual(versions.map(isGood), [false, false, true, false, true, true]);
  const chosen = findRuntime("/nowhere", { SKELLY_NODE: process.execPath });
  assert.equal(chosen.path, process.execPath);
  assert.throws(
    () => findRuntime("/nowhere", { SKELLY_NODE: "/bin/false" }),
    /SKELLY_NODE names \/bin\/false/,
  );
});
