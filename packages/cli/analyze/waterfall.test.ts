// waterfall.test.ts: start-ups lived by the real core in a world made of glass, and what `analyze` makes of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { module } from "../../orchestrator/testkit/descriptors.ts";
import { World } from "../../orchestrator/testkit/world.ts";
import { renderComparison, renderWaterfall } from "../render/waterfall.ts";
import { waterfallSvg } from "../render/waterfall-svg.ts";
import { plainLook } from "../testing/looks.ts";
import { compare } from "./compare.ts";
import { runsIn, type Waterfall, waterfallOf } from "./waterfall.ts";

const shop = [
  module("database"),
  module("cache"),
  module("storage", { dependsOn: ["database"] }),
  module("api", { dependsOn: ["storage", "cache"] }),
  module("web", { dependsOn: ["api"], required: false }),
];

type Times = Readonly<Record<string, number>>;
const USUAL: Times = { database: 400, cache: 100, storage: 200, api: 350, web: 50 };

async function startWith(world: World, times: Times): Promise<void> {
  for (const [id, readyAfterMs] of Object.entries(times)) world.runner.behave(id, { readyAfterMs });
  await world.start(5000);
}

function waterfall(world: World, number = 1): Waterfall {
  const found = waterfallOf(runsIn(world.events, world.orchestrator.descriptor.modules), number);
  if (found === null) throw new Error(`no run ${number}`);
  return found;
}

test("each module's wait and start are told, and the critical path adds up to the whole", async () => {
  const world = new World(shop);
  await startWith(world, USUAL);
  const { bars, criticalPath, outcome, durationMs } = waterfall(world);
  assert.equal(outcome, "up");
  const times = Object.fromEntries(bars.map((b) => [b.module, [b.waitedMs, b.tookMs]]));
  assert.deepEqual(times, {
    database: [0, 400],
    cache: [0, 100],
    storage: [400, 200],
    api: [600, 350],
    web: [950, 50],
  });
  assert.deepEqual(
    criticalPath.map(({ module: id }) => id),
    ["database", "storage", "api", "web"],
  );
  assert.deepEqual(
    criticalPath.map(({ fromMs, toMs }) => toMs - fromMs),
    [400, 200, 350, 50],
  );
  assert.equal(
    criticalPath.reduce((sum, { share }) => sum + share, 0),
    1,
  );
  assert.equal(bars.find((b) => b.module === "cache")?.share, null);
  assert.equal(durationMs, 1000);
});

test("a module that needed several attempts shows them, and its time includes them all", async () => {
  const world = new World([module("storage")]);
  world.runner.behave("storage", (life) =>
    life === 1 ? { readyAfterMs: "never", exitsAfterMs: 80, exitCode: 1 } : { readyAfterMs: 20 },
  );
  await world.start(2000);
  const [bar] = waterfall(world).bars;
  assert.equal(bar?.attempts, 2);
  assert.equal(bar?.tookMs, 100);
});

test("a start that failed, and one that is not over, say so", async () => {
  const world = new World([module("storage", { autoRecovery: false })]);
  world.runner.behave("storage", { readyAfterMs: "never", exitsAfterMs: 50, exitCode: 3 });
  await world.start(1000);
  const failed = waterfall(world);
  assert.equal(failed.outcome, "failed");
  assert.deepEqual(failed.criticalPath, []);
  const text = renderWaterfall("shop", failed, plainLook(80)).join("\n");
  assert.match(text, /shop {2}failed/);
  assert.match(text, /there is no critical path/);
  const slow = new World([module("storage")]);
  await startWith(slow, { storage: 20_000 });
  assert.equal(waterfall(slow).outcome, "unfinished");
});

test("two runs are compared by module, the greatest difference first", async () => {
  const world = new World(shop);
  await startWith(world, USUAL);
  await world.stop(1000);
  await startWith(world, { ...USUAL, storage: 900, api: 300 });
  const comparison = compare(waterfall(world, 1), waterfall(world, 2));
  assert.equal(comparison.differenceMs, 650);
  assert.deepEqual(
    comparison.modules.slice(0, 2).map(({ module: id, differenceMs }) => [id, differenceMs]),
    [
      ["storage", 700],
      ["api", -50],
    ],
  );
  const text = renderComparison(comparison, plainLook()).join("\n");
  assert.match(text, /the system +1\.0s +1\.6s +\+650ms/);
  assert.match(text, /api +350ms +300ms +-50ms/);
  assert.equal(waterfallOf(runsIn(world.events, []), 3), null);
});

test("without edges (the file is gone) the times are there, only no path", async () => {
  const world = new World(shop);
  await startWith(world, USUAL);
  const [run] = runsIn(world.events, []);
  assert.deepEqual(run?.criticalPath, ["web"]);
});

test("bars fit the terminal, whatever its width, and show who waits and who works", async () => {
  const world = new World(shop);
  await startWith(world, USUAL);
  for (const width of [60, 80, 132, 300]) {
    const lines = renderWaterfall("shop", waterfall(world), plainLook(width));
    const chart = lines.slice(2, -2);
    assert.ok(
      chart.every((line) => line.length <= width),
      `width ${width}:\n${lines.join("\n")}`,
    );
  }
  const text = renderWaterfall("shop", waterfall(world), plainLook(80)).join("\n");
  assert.match(text, /▸ database +█+ +0ms +400ms +40%/);
  assert.match(text, / {2}cache +█+ +0ms +100ms$/m);
  assert.match(text, /▸ web +·+█+ +950ms +50ms +5%/);
  assert.match(text, /Critical path {2}database 400ms → storage 200ms → api 350ms → web 50ms/);
});

test("the picture is one file that needs no other, names what it shows, and escapes what it is told", async () => {
  const world = new World(shop);
  await startWith(world, USUAL);
  const svg = waterfallSvg('a "shop" <b> & co', waterfall(world));
  assert.doesNotMatch(svg, /href|url\(|<script|<b>/);
  assert.match(svg, /a &quot;shop&quot; &lt;b&gt; &amp; co/);
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.match(svg, /<desc id="summary">.*Critical path: database 400ms/);
  assert.match(svg, /<title>api: waited 600ms for storage, started in 350ms<\/title>/);
  assert.equal(svg.match(/class="hot"/g)?.length, 5, "four bars and the legend");
});
