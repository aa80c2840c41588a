// capture.test.ts: nothing typed leaves a source, nothing is lost uncounted, and a missing source
// is named.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import type { RawBundle, RawEvent } from "@skelly-jelly/events";
import { check } from "@skelly-jelly/events";
import { captureConfig } from "./config.ts";
import { createDelivery } from "./delivery.ts";
import { createEventQueue } from "./event-queue.ts";
import { categoryOf, fileClassOf, isIgnored, maskTitle } from "./privacy.ts";
import { SESSION_TIMEOUT_MS, sessionAt } from "./session.ts";
import type { Captured, Sink } from "./source.ts";
import { createFileActivity } from "./sources/file-activity.ts";
import { createProcessLoad } from "./sources/process-load.ts";
import { createReplay } from "./sources/trace-replay.ts";
import { createX11Input } from "./sources/x11-input.ts";
import { createX11Window } from "./sources/x11-window.ts";
import { createXinputParser, keyClassOf } from "./sources/xinput-parse.ts";

type Test = { after(work: () => void | Promise<void>): void };
const folder = (t: Test): string => {
  const directory = mkdtempSync(join(tmpdir(), "skelly-capture-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};
const key = (n: number): RawEvent => ({
  ...{ id: `k-${n}`, timeMs: 1000 + n, source: "x11-input", kind: "key" },
  ...{ keyClass: "letter", intervalMs: null },
});
function collector(): Sink & { readonly seen: Captured[] } {
  const seen: Captured[] = [];
  return { seen, pressed: false, emit: (one) => void seen.push(one) };
}
async function until(what: string, met: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (met()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`waited in vain for ${what}`);
}

test("captured = stored + dropped + waiting, whatever happens", () => {
  const queue = createEventQueue(1000);
  const reconciles = () => {
    const { captured, stored, dropped, waiting } = queue.counters();
    assert.equal(captured, stored + dropped + waiting);
  };
  for (let n = 0; n < 900; n++) queue.push(key(n));
  const taken = queue.take();
  assert.equal(taken.length, 500);
  for (let n = 900; n < 1300; n++) queue.push(key(n));
  reconciles();
  assert.equal(queue.take(), taken, "what is on its way is neither dropped nor changed");
  assert.equal(queue.counters().dropped, 300);
  queue.settle("stored");
  reconciles();
  assert.equal(queue.take()[0]?.id, "k-800", "the oldest that waited were dropped");
  queue.settle("dropped");
  queue.dropAll();
  reconciles();
  assert.equal(queue.counters().waiting, 0);
});

function deliveryWith(answer: (bundle: RawBundle) => unknown) {
  const queue = createEventQueue(5000);
  const clock = { ms: 0 };
  const sent: RawBundle[] = [];
  const troubles: string[] = [];
  let ids = 0;
  const delivery = createDelivery({
    queue,
    nowMs: () => clock.ms,
    nextId: () => `b-${ids++}`,
    async request(bundle) {
      sent.push(bundle);
      return answer(bundle);
    },
    head: () => ({ sessionId: "s", clock: "live" }),
    watermarkMs: () => clock.ms,
    onStored: () => undefined,
    onTrouble: (message) => void troubles.push(message),
  });
  return { queue, clock, sent, troubles, delivery };
}

test("while storage is down everything is kept, asked again with the same ids, and nothing is lost", async () => {
  let down = true;
  const stored = new Set<string>();
  const use = deliveryWith((bundle) => {
    if (down) throw new Error("nobody answers");
    for (const { id } of bundle.events) stored.add(id);
    return { ok: true, accepted: bundle.events.length, duplicate: 0, late: 0 };
  });
  for (let n = 0; n < 1200; n++) use.queue.push(key(n));
  await use.delivery.run();
  await use.delivery.run();
  assert.equal(use.sent.length, 1, "it backs off");
  assert.match(use.delivery.trouble() ?? "", /nobody answers/);
  use.clock.ms = 10_000;
  await use.delivery.run();
  assert.deepEqual(use.sent[1], use.sent[0]);
  down = false;
  use.clock.ms = 20_000;
  await use.delivery.run();
  assert.equal(stored.size, 1200);
  assert.deepEqual(use.queue.counters(), { captured: 1200, stored: 1200, dropped: 0, waiting: 0 });
  assert.equal(use.delivery.trouble(), null);
  assert.equal(use.troubles.length, 1, "trouble is said once");
  for (const bundle of use.sent) assert.deepEqual(check("storage.store", bundle), []);
});

test("a bundle that is refused for good is dropped and counted, one that may succeed is kept", async () => {
  const refused = { ok: false, code: "BAD_REQUEST", message: "no", retry: false };
  const bad = deliveryWith(() => refused);
  bad.queue.push(key(1));
  await bad.delivery.run();
  assert.equal(bad.queue.counters().dropped, 1);
  const full = deliveryWith(() => ({ ...refused, code: "DISK_FULL", retry: true }));
  full.queue.push(key(1));
  await full.delivery.run();
  assert.deepEqual(full.queue.counters(), { captured: 1, stored: 0, dropped: 0, waiting: 1 });
});

test("the promise never runs ahead of what still waits", async () => {
  const use = deliveryWith(() => ({ ok: true, accepted: 0, duplicate: 0, late: 0 }));
  use.clock.ms = 90_000;
  for (let n = 0; n < 700; n++) use.queue.push(key(n));
  await use.delivery.run();
  assert.deepEqual(
    use.sent.map(({ watermarkMs }) => watermarkMs),
    [1500, 90_000],
  );
});

test("key codes go into the parser and only classes come out", () => {
  const parse = createXinputParser();
  const typed = ["38", "26", "10", "22", "113", "50", "67", "65"].flatMap((code) => [
    "EVENT type 13 (RawKeyPress)",
    "    device: 3 (11)",
    "    time:   123456",
    `    detail: ${code}`,
    "    valuators:",
  ]);
  const found = typed.map(parse).filter((one) => one !== null);
  assert.deepEqual(
    found.map((one) => (one.type === "key" ? one.keyClass : one.type)),
    ["letter", "letter", "digit", "backspace", "navigation", "modifier", "function", "other"],
  );
  assert.doesNotMatch(JSON.stringify(found), /\d/);
  for (let code = 0; code < 256; code++) assert.match(keyClassOf(code), /^[a-z]+$/);
});

test("titles lose what they must not tell, and private ones are not kept at all", () => {
  assert.equal(maskTitle("Mail to jane.doe@example.org"), "Mail to •••");
  assert.equal(maskTitle("Call +49 170 1234567 now"), "Call ••• now");
  assert.equal(maskTitle("4111 1111 1111 1111"), "•••");
  assert.equal(maskTitle("123-45-6789"), "•••");
  assert.equal(maskTitle("at 192.168.1.20 port"), "at ••• port");
  assert.equal(maskTitle("key sk_live_51HxYzAbCdEf0123456789"), "key •••");
  assert.equal(maskTitle("https://example.org/reset?token=abc"), "•••");
  assert.equal(maskTitle("~/letters/jane.txt - editor"), "••• - editor");
  assert.equal(maskTitle("main.ts - skelly - editor"), "main.ts - skelly - editor");
  assert.equal(maskTitle("My Bank - Accounts"), null);
  assert.equal(maskTitle("Password vault"), null);
});

test("applications and files are known by what they are for", () => {
  assert.equal(categoryOf("code"), "development");
  assert.equal(categoryOf("Firefox-esr"), "browser");
  assert.equal(categoryOf("steamwebhelper"), "entertainment");
  assert.equal(categoryOf("something-nobody-knows"), "other");
  assert.equal(fileClassOf("secret-plan.ts"), "code");
  assert.equal(fileClassOf("no-extension"), "other");
  assert.equal(isIgnored("KeePassXC", ["keepass"]), true);
});

test("load and processes come from /proc as counts and categories, without a name or a command line", (t) => {
  const proc = folder(t);
  const write = (name: string, text: string) => writeFileSync(join(proc, name), text);
  const process = (pid: number, name: string, ticks: number, startedAt: number) => {
    mkdirSync(join(proc, String(pid)), { recursive: true });
    const stat = `${pid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${startedAt} 0 0`;
    write(join(String(pid), "stat"), stat);
    write(join(String(pid), "cmdline"), "editor --secret=hunter2");
  };
  write("meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\n");
  write("loadavg", "0.50 0.40 0.30 1/100 1\n");
  write("stat", "cpu  100 0 100 800 0 0 0 0 0 0\n");
  process(10, "code (main)", 0, 5);
  process(11, "firefox", 0, 6);
  const source = createProcessLoad({ everyMs: 1000, processesEvery: 1, proc, cores: 1 });
  const sink = collector();
  source.start(sink);
  source.sample(1000);
  write("stat", "cpu  200 0 150 850 0 0 0 0 0 0\n");
  process(10, "code (main)", 40, 5);
  rmSync(join(proc, "11"), { recursive: true });
  process(12, "vlc", 1, 9);
  source.sample(2000);
  assert.deepEqual(sink.seen, [
    {
      ...{ kind: "load", cpuRatio: 0.75, memoryRatio: 0.75, loadAverage: 0.5 },
      ...{ diskBytesPerSecond: null, networkBytesPerSecond: null },
    },
    {
      ...{ kind: "process", runningCount: 2, startedCount: 1, endedCount: 1 },
      ...{ busiestCategory: "development", busiestCpuRatio: 0.4 },
    },
  ]);
  assert.doesNotMatch(JSON.stringify(sink.seen), /hunter2|firefox|vlc|main/);
});

test("a folder's changes are counted by class, new folders included, names and hidden ones left out", async (t) => {
  const root = folder(t);
  mkdirSync(join(root, "node_modules"));
  mkdirSync(join(root, "src"));
  const source = createFileActivity({
    ...{ folders: [root], ignoredFolders: ["node_modules"], everyMs: 100, foldersMax: 10 },
    onNote: () => undefined,
  });
  const sink = collector();
  await source.start(sink);
  t.after(() => source.stop());
  writeFileSync(join(root, "node_modules", "x.js"), "1");
  writeFileSync(join(root, ".hidden.ts"), "1");
  writeFileSync(join(root, "src", "very-secret-name.ts"), "1");
  mkdirSync(join(root, "src", "deeper"));
  const classes = () => new Set(sink.seen.map((one) => one.kind === "file" && one.fileClass));
  await until("code and image", () => {
    writeFileSync(join(root, "src", "deeper", "photo.png"), "1");
    source.sample(0);
    return classes().has("code") && classes().has("image");
  });
  assert.doesNotMatch(JSON.stringify(sink.seen), /secret|photo|hidden/);
});

test("without a display the X11 sources say what is missing, and a folder that is not there is named", async (t) => {
  const before = process.env["DISPLAY"];
  delete process.env["DISPLAY"];
  t.after(() => {
    if (before !== undefined) process.env["DISPLAY"] = before;
  });
  const gate = { open: true };
  const common = { gate, nowMs: () => 0, onNote: () => undefined };
  for (const source of [
    createX11Input({ ...common, everyMs: 500 }),
    createX11Window({ ...common, titles: false, ignoredApps: [] }),
  ]) {
    const found = await source.available();
    assert.match(found.ok ? "" : found.reason, /no X11 display/);
  }
  const files = createFileActivity({
    ...{ folders: ["/no/such/folder"], ignoredFolders: [], everyMs: 100, foldersMax: 1 },
    onNote: () => undefined,
  });
  assert.equal((await files.available()).ok, false);
});

test("with a display: the application in front is told, and an ignored one closes the gate", async (t) => {
  const bin = folder(t);
  const steps = join(bin, "steps");
  writeFileSync(steps, "");
  // Stands for xprop: it prints what the test adds to a file, and answers who a window belongs to.
  writeFileSync(
    join(bin, "xprop"),
    `#!/bin/sh
case "$1 $2" in
  "-root _NET_SUPPORTED") echo '_NET_SUPPORTED(ATOM) = _NET_ACTIVE_WINDOW, _NET_WM_NAME' ;;
  "-root -spy") exec tail -n +1 -f ${steps} ;;
  "-id 0x1") echo 'WM_CLASS(STRING) = "code", "Code"'; echo '_NET_WM_NAME(UTF8_STRING) = "a@b.org"' ;;
  "-id 0x2") echo 'WM_CLASS(STRING) = "keepassxc", "KeePassXC"' ;;
esac
`,
  );
  chmodSync(join(bin, "xprop"), 0o755);
  const before = { DISPLAY: process.env["DISPLAY"], PATH: process.env["PATH"] };
  Object.assign(process.env, { DISPLAY: ":99", PATH: `${bin}${delimiter}${before.PATH}` });
  t.after(() => {
    process.env["PATH"] = before.PATH;
    if (before.DISPLAY === undefined) delete process.env["DISPLAY"];
    else process.env["DISPLAY"] = before.DISPLAY;
  });
  const gate = { open: false };
  const source = createX11Window({
    ...{ titles: true, ignoredApps: ["keepass"], gate, nowMs: () => 5, onNote: () => undefined },
  });
  assert.deepEqual(await source.available(), { ok: true });
  const sink = collector();
  await source.start(sink);
  t.after(() => source.stop());
  const show = (window: string) =>
    writeFileSync(steps, `_NET_ACTIVE_WINDOW(WINDOW): window id # ${window}\n`, { flag: "a" });
  show("0x1");
  await until("the first window", () => sink.seen.length === 1 && gate.open);
  show("0x2");
  await until("the gate to close", () => !gate.open);
  show("0x1");
  await until("the gate to open", () => gate.open);
  assert.deepEqual(sink.seen[0], {
    ...{ kind: "window", app: "code", category: "development", previousFocusMs: null },
    title: "•••",
  });
  assert.doesNotMatch(JSON.stringify(sink.seen), /keepass/i);
});

test("a session goes on over a restart and ends after half an hour without activity", () => {
  let n = 0;
  const newId = () => `s-${++n}`;
  const first = sessionAt(null, 0, newId);
  const same = sessionAt(first, SESSION_TIMEOUT_MS, newId);
  assert.equal(same.sessionId, "s-1");
  assert.equal(sessionAt(same, 2 * SESSION_TIMEOUT_MS + 1, newId).sessionId, "s-2");
});

test("a replay holds its time while there is no room, and loses nothing", async () => {
  const replay = createReplay({
    ...{ file: join(import.meta.dirname, "../traces/flow.jsonl"), speed: 60, shift: "to-now" },
    ...{ runId: "r1", nowMs: 1_760_000_000_000, onNote: (message) => assert.fail(message) },
  });
  assert.deepEqual(await replay.open(), { ok: true });
  const given: RawEvent[] = [];
  let room = 40;
  for (let turn = 0; turn < 1000 && !replay.done; turn++) {
    await replay.advance(
      100,
      () => room-- > 0,
      (event) => void given.push(event),
    );
    assert.ok((replay.watermarkMs() ?? 0) >= (given.at(-1)?.timeMs ?? 0));
    room = 40;
  }
  await replay.close();
  assert.equal(given.length, 2446);
  assert.equal(new Set(given.map(({ id }) => id)).size, given.length);
  assert.equal(
    given.every((event, n) => event.timeMs >= (given[n - 1]?.timeMs ?? 0)),
    true,
  );
  assert.ok((given.at(-1)?.timeMs ?? Infinity) <= 1_760_000_000_000, "never in the future");
});

test("a trace that is not one is refused with its place", async (t) => {
  const file = join(folder(t), "broken.jsonl");
  writeFileSync(file, '{"trace":"something-else"}\n');
  const replay = createReplay({
    ...{ file, speed: 1, shift: "none", runId: "r", nowMs: 0, onNote: () => undefined },
  });
  const found = await replay.open();
  await replay.close();
  assert.match(found.ok ? "" : found.reason, /broken\.jsonl:1: header/);
});

test("settings are checked by name, and the environment may ask for a replay", () => {
  assert.throws(() => captureConfig({ folder: [] }, {}), /no setting 'folder'; there are/);
  assert.throws(() => captureConfig({ sources: ["camera"] }, {}), /no source 'camera'/);
  assert.equal(captureConfig({}, {}).titles, false);
  const env = { SKELLY_REPLAY: "a.jsonl", SKELLY_REPLAY_SPEED: "60" };
  assert.deepEqual(captureConfig({}, env).replay, { file: "a.jsonl", speed: 60, shift: "to-now" });
});
