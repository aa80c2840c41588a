// crash.test.ts: what was acknowledged is still there after kill -9.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { openStore } from "./database.ts";
import { createEventStore } from "./event-store.ts";

/** Stores bundle after bundle and prints the number of each once it is acknowledged. */
const WRITER = `
import { openStore } from "./database.ts";
import { createEventStore } from "./event-store.ts";
const events = createEventStore(openStore(process.argv[1], 1e9));
for (let bundle = 0; ; bundle++) {
  const some = Array.from({ length: 20 }, (_, n) => ({
    id: bundle + "-" + n, timeMs: 1000 + bundle, source: "replay", kind: "key",
    keyClass: "letter", intervalMs: null,
  }));
  events.put({ bundleId: "b", sessionId: "s", clock: "live", watermarkMs: null, events: some }, 1000);
  process.stdout.write(bundle + "\\n");
}`;

test("kill -9 in the middle of storing loses nothing that was acknowledged, and nothing is half there", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-crash-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const writer = spawn(
    process.execPath,
    ["--conditions=source", "--input-type=module-typescript", "-e", WRITER, directory],
    { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] },
  );
  const gone = new Promise((resolve) => writer.once("close", resolve));
  let acknowledged = -1;
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged = Number(line);
    if (acknowledged === 30) writer.kill("SIGKILL");
  }
  await gone;
  assert.ok(acknowledged >= 30);
  const store = openStore(directory, 1e9);
  const found = store.db
    .prepare("SELECT time_ms - 1000 AS bundle, COUNT(*) AS n FROM events GROUP BY 1")
    .all();
  const whole = found.filter(({ n }) => n === 20).map(({ bundle }) => Number(bundle));
  assert.equal(whole.length, found.length, "no bundle is half there");
  for (let bundle = 0; bundle <= acknowledged; bundle++) assert.ok(whole.includes(bundle));
  assert.equal(createEventStore(store).counters().stored, found.length * 20);
  store.close();
});
