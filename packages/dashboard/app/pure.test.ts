// pure.test.ts: the page's own arithmetic: layout, state, streams, fields, patches, words.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModuleStatus, SystemEvent, SystemStatusReport } from "@skelly-jelly/contract";
import { patchOf } from "./config-patch.ts";
import { bytes, duration, named, reading } from "./format.ts";
import { layOut } from "./graph-layout.ts";
import { fieldsOf } from "./log-fields.ts";
import { messageReader } from "./sse-lines.ts";
import { EMPTY, EVENTS_MAX, heard, type News, type State } from "./state.ts";

const WAVES = [["bus"], ["storage", "capture"], ["engine"]];
const EDGES = [
  { from: "storage", on: "bus" },
  { from: "capture", on: "bus" },
  { from: "engine", on: "storage" },
  { from: "engine", on: "bus" },
];

test("a graph fits its room, as columns or as rows, and no two modules overlap", () => {
  const many = Array.from({ length: 200 }, (_, index) => `m${index}`);
  const stories = [
    { waves: WAVES, width: 1200 },
    { waves: WAVES, width: 340 },
    { waves: [many.slice(0, 20), many.slice(20, 150), many.slice(150)], width: 1180 },
    { waves: [], width: 300 },
  ];
  for (const { waves, width } of stories) {
    const sizes = { width, boxWidth: 118, boxHeight: 28, gap: 8 };
    const { boxes, ...layout } = layOut(waves, EDGES, sizes);
    assert.equal(boxes.length, waves.flat().length);
    assert.ok(layout.width <= width);
    for (const [index, a] of boxes.entries()) {
      assert.ok(a.x >= 0 && a.x + 118 <= width && a.y >= 0 && a.y + 28 <= layout.height);
      for (const b of boxes.slice(index + 1)) {
        const apart = Math.abs(a.x - b.x) >= 118 || Math.abs(a.y - b.y) >= 28;
        assert.ok(apart, `${a.id} overlaps ${b.id}`);
      }
    }
  }
});

test("modules stand near what they depend on", () => {
  const waves = [["a", "b"], ["of-b", "of-a"].sort()];
  const edges = [
    { from: "of-a", on: "a" },
    { from: "of-b", on: "b" },
  ];
  const { boxes } = layOut(waves, edges, { width: 900, boxWidth: 100, boxHeight: 20, gap: 8 });
  const y = (id: string): number => boxes.find((box) => box.id === id)?.y ?? -1;
  assert.equal(y("of-a") < y("of-b"), y("a") < y("b"));
});

const module = (id: string, change: Partial<ModuleStatus> = {}): ModuleStatus =>
  ({ id, state: "running", health: "healthy", pid: 1, ...change }) as ModuleStatus;

const all = (state: State, ...news: readonly News[]): State =>
  news.reduce((now, each) => heard(now, each, 5), state);

const snapshot = (...modules: ModuleStatus[]): News => ({
  name: "snapshot",
  data: {
    status: { system: "shop", status: "healthy", modules } as unknown as SystemStatusReport,
    seq: 0,
  },
});

const stopped = (seq: number): SystemEvent => ({
  type: "module-state-changed",
  module: "api",
  incarnation: 1,
  from: "running",
  to: "stopped",
  cause: "asked",
  failure: null,
  pid: 1,
  seq,
  timeMs: 7,
});

test("an event shows at once, a status replaces only what differs, what is gone goes", () => {
  const state = all(EMPTY, snapshot(module("api"), module("db")), {
    name: "event",
    data: stopped(1),
  });
  assert.equal(state.modules.get("api")?.state, "stopped");
  assert.equal(state.connection, "live");
  const db = state.modules.get("db");
  const next = heard(
    state,
    { name: "status", data: { system: {} as never, modules: [module("api")], gone: [] } },
    6,
  );
  assert.equal(next.modules.get("api")?.state, "running");
  assert.equal(next.modules.get("db"), db);
  const less = { system: {} as never, modules: [], gone: ["api"] };
  assert.deepEqual([...heard(next, { name: "status", data: less }, 7).modules.keys()], ["db"]);
});

test("events are kept once, in order, and not without end", () => {
  const news = [stopped(3), stopped(3), stopped(2), stopped(4)];
  const state = all(EMPTY, ...news.map((data): News => ({ name: "event", data })), {
    name: "past",
    data: [stopped(1), stopped(2), stopped(3)],
  });
  assert.deepEqual(
    state.events.map(({ seq }) => seq),
    [1, 2, 3, 4],
  );
  const flood = Array.from({ length: EVENTS_MAX + 50 }, (_, seq) => stopped(seq + 1));
  assert.equal(all(EMPTY, { name: "past", data: flood }).events.length, EVENTS_MAX);
});

test("the page knows whether the gateway or the orchestrator is away", () => {
  const live = all(EMPTY, snapshot(module("api")));
  const away = heard(live, { name: "connection", data: { connected: false } }, 6);
  assert.equal(away.connection, "orchestrator-away");
  assert.equal(away.modules.size, 1);
  assert.equal(
    heard(away, { name: "connection-is", data: "gateway-away" }, 6).connection,
    "gateway-away",
  );
});

test("a stream in any pieces is the same messages", () => {
  const text =
    'retry: 1000\n\n: still here\n\nid: 7\nevent: event\ndata: {"a":1}\n\nevent: x\ndata: 2\n\n';
  for (const size of [1, 3, 1000]) {
    const read = messageReader();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...read(text.slice(at, at + size)));
    assert.deepEqual(found, [
      { name: "event", id: "7", data: '{"a":1}' },
      { name: "x", id: null, data: "2" },
    ]);
  }
});

test("the structure in a line is found, and a line without one stays as it is", () => {
  assert.deepEqual(fieldsOf('stored path="a b" count=3 list=["x y",2]'), {
    text: "stored",
    fields: [
      ["path", "a b"],
      ["count", "3"],
      ["list", '["x y",2]'],
    ],
    level: null,
  });
  assert.deepEqual(fieldsOf('{"level":50,"msg":"no disk","time":1,"code":"ENOSPC"}'), {
    text: "no disk",
    fields: [["code", "ENOSPC"]],
    level: "error",
  });
  for (const line of ["x=1 is what it says", "a == b", "{not json", "", "WHERE a=1 AND b"]) {
    assert.equal(fieldsOf(line).text, line);
  }
  assert.equal(fieldsOf("WARN disk nearly full").level, "warn");
});

test("a patch holds only what changed", () => {
  const before = { a: 1, b: { c: 2, d: "***" }, e: [1, 2] };
  assert.deepEqual(patchOf(before, { a: 1, b: { c: 3, d: "***" } }), { b: { c: 3 }, e: null });
  assert.deepEqual(patchOf(before, before), {});
  assert.throws(() => patchOf(before, [1]), /object/);
});

test("numbers are said as people say them", () => {
  assert.deepEqual([0, 999, 1500, 62_000_000].map(bytes), ["0 B", "999 B", "1.5 kB", "62 MB"]);
  const times = [0.4, 850, 1500, 60_000, 95_000, 7_200_000, 200_000_000];
  assert.deepEqual(times.map(duration), [
    "0 ms",
    "850 ms",
    "1.5 s",
    "1 min",
    "1 min 35 s",
    "2 h",
    "2 d 7 h",
  ]);
  assert.equal(named("metrics.eventLoopLagMs"), "event loop lag");
  assert.equal(reading("memoryBytes", null), "–");
});
