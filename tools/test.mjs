// test.mjs: runs every test once with Node's own runner, and counts from its report.
// usage: node tools/test.mjs [path or part of one …]; CI=true allows no skip but those of a platform.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const wanted = process.argv.slice(2);
const files = globSync("{packages,modules,examples,tools,bench}/**/*.test.ts", {
  cwd: root,
  exclude: (path) => /node_modules|\/dist(\/|$)|\.skelly/.test(path),
})
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

const folder = mkdtempSync(join(tmpdir(), "skelly-tests-"));
const report = join(folder, "report.tap");
const { status } = spawnSync(
  process.execPath,
  [
    "--conditions=source",
    "--test",
    "--test-timeout=120000",
    "--test-concurrency=3",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${report}`,
    ...files,
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, FORCE_COLOR: "0" } },
);
const tap = readFileSync(report, "utf8");
rmSync(folder, { recursive: true, force: true });

const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
const passed = count("pass");
const failed = count("fail") + count("cancelled");
const skipped = count("skipped");
for (const line of tap.split("\n")) {
  if (/# SKIP/.test(line)) console.log(`skipped: ${line.trim().replace(/^ok \d+ - /, "")}`);
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = status === 0 && failed === 0 && passed > 0 ? 0 : 1;
