// page.test.ts: the page in a real browser: what is commanded is seen, what is clicked comes back.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { check } from "@skelly-jelly/events";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { ambient, analysed, aReward, speaking } from "./a-command.ts";
import type { Figurine } from "./figurine.ts";
import { startFigurine } from "./figurine.ts";
import { FIGURINE_DEFAULTS } from "./figurine-config.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);
const skip = CHROMIUM === undefined ? "needs Chromium, which is not installed here" : false;
const WAIT = { timeout: 20_000 } as const;

let browser: Browser | null = null;
before(async () => {
  if (CHROMIUM === undefined) return;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});
after(() => browser?.close());

type World = { readonly page: Page; readonly figurine: Figurine; readonly reactions: any[] };

/** A figurine and a page that looks at it. The page must say nothing on its console and ask no one else. */
async function withPage(
  body: (world: World) => Promise<void>,
  options: BrowserContextOptions = {},
  /** What the browser itself may say about a connection that is cut. */
  expected: RegExp = /^$/,
): Promise<void> {
  assert.ok(browser !== null);
  const directory = await mkdtemp(join(tmpdir(), "skelly-browser-"));
  const reactions: any[] = [];
  const silent = { info: () => undefined, warn: () => undefined };
  const figurine = await startFigurine({
    config: { ...FIGURINE_DEFAULTS, port: 0 },
    dataDirectory: directory,
    nowMs: Date.now,
    publish: (reaction) => void reactions.push(reaction),
    log: silent,
  });
  const context = await browser.newContext({ viewport: { width: 700, height: 600 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (line) => {
    const bad = ["error", "warning"].includes(line.type());
    if (bad && !expected.test(line.text())) complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(figurine.url)) complaints.push(`asked ${request.url()}`);
  });
  try {
    await page.goto(figurine.url);
    await page.locator('#link[data-link="live"]').waitFor(WAIT);
    await body({ page, figurine, reactions });
    assert.deepEqual(complaints, []);
    for (const reaction of reactions) assert.deepEqual(check("figurine.reaction", reaction), []);
  } finally {
    await context.close();
    await figurine.stop();
    await rm(directory, { recursive: true });
  }
}

/** Until an expression holds in the page. Asked from outside: the page's own policy forbids evaluating text. */
async function until(page: Page, expression: string): Promise<void> {
  const end = Date.now() + WAIT.timeout;
  while (!(await page.evaluate(expression))) {
    assert.ok(Date.now() < end, `never: ${expression}`);
    await page.evaluate("new Promise((done) => setTimeout(done, 30))");
  }
}
const skull = (page: Page) => page.locator(".bone.skull").getAttribute("d");

test("a command moves the skeleton, shows its words, and the coins follow the reward", {
  skip,
}, async () => {
  await withPage(async ({ page, figurine }) => {
    const drawn = await skull(page);
    await until(page, "Number(document.getElementById('figure').dataset.frames) > 5");
    assert.notEqual(await skull(page), drawn);
    figurine.take("analysis.state", analysed("distracted"));
    figurine.take("figurine.command", speaking(7));
    await page.getByText("Which window was it, number 7?").first().waitFor(WAIT);
    await page.locator('#figure[data-stance="supportive"][data-gesture="nod"]').waitFor(WAIT);
    await page.getByText("Distracted · 86 %").waitFor(WAIT);
    figurine.take("gamification.reward", aReward());
    await page.getByText("1,240").waitFor(WAIT);
    await page.getByText("+50").waitFor({ ...WAIT, state: "attached" });
    const said = await page.locator("#said[aria-live]").textContent();
    assert.equal(said, "Which window was it, number 7?");
    assert.match((await page.locator("#buddy").getAttribute("aria-label")) ?? "", /on your side/);
  });
});

test("an answer goes back with the message's correlation id, and the next message comes", {
  skip,
}, async () => {
  await withPage(async ({ page, figurine, reactions }) => {
    figurine.take("figurine.command", speaking(1));
    figurine.take("figurine.command", speaking(2));
    await page.getByText("number 1?").first().waitFor(WAIT);
    await page.getByRole("button", { name: "Not now" }).click();
    await page.locator("#words", { hasText: "number 2?" }).waitFor(WAIT);
    await page.getByRole("button", { name: "That helps" }).click();
    await page.locator("#bubble").waitFor({ ...WAIT, state: "hidden" });
    assert.deepEqual(
      reactions.map(({ reaction, correlationId, messageId }) => [
        reaction,
        correlationId,
        messageId,
      ]),
      [
        ["dismissed", "c-1", "m-1"],
        ["engaged", "c-2", "m-2"],
      ],
    );
  });
});

test("it can be worked by keyboard alone: hello, move, close, correct", { skip }, async () => {
  await withPage(async ({ page, figurine, reactions }) => {
    figurine.take("analysis.state", analysed("flow"));
    figurine.take("figurine.command", speaking(3));
    await page.getByText("number 3?").first().waitFor(WAIT);
    await page.locator("#buddy").focus();
    await page.keyboard.press("Enter");
    await page.locator('#figure[data-gesture="wiggle"]').waitFor(WAIT);
    const before = await page.locator("#buddy").boundingBox();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    const moved = await page.locator("#buddy").boundingBox();
    assert.ok((moved?.x ?? 0) < (before?.x ?? 0) - 40);
    await page.keyboard.press("Escape");
    await page.locator("#bubble").waitFor({ ...WAIT, state: "hidden" });
    await page.locator("#state summary").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "distracted" }).focus();
    await page.keyboard.press("Enter");
    await page
      .getByText("It will learn that this was: Distracted.")
      .waitFor({ ...WAIT, state: "attached" });
    const told = reactions.map(({ reaction, correctedState }) => [reaction, correctedState]);
    assert.deepEqual(told, [
      ["clicked", null],
      ["dismissed", null],
      ["wrong-state", "distracted"],
    ]);
    await page.reload();
    await page.locator('#link[data-link="live"]').waitFor(WAIT);
    assert.equal((await page.locator("#buddy").boundingBox())?.x, moved?.x);
  });
});

test("it can be dragged, and a drag is not a click", { skip }, async () => {
  await withPage(async ({ page, reactions }) => {
    const from = await page.locator("#buddy").boundingBox();
    assert.ok(from !== null);
    const [x, y] = [from.x + from.width / 2, from.y + from.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 60, y - 40, { steps: 4 });
    await page.mouse.move(x + 160, y - 90, { steps: 4 });
    await page.mouse.up();
    const to = await page.locator("#buddy").boundingBox();
    assert.ok((to?.x ?? 0) > from.x + 100);
    assert.deepEqual(reactions, []);
    await page.mouse.click((to?.x ?? 0) + from.width / 2, (to?.y ?? 0) + from.height / 2);
    await page.locator('#figure[data-gesture="wiggle"]').waitFor(WAIT);
  });
});

test("who wants no motion gets none: the picture changes only with what it shows", {
  skip,
}, async () => {
  await withPage(
    async ({ page, figurine }) => {
      const frames = () => page.locator("#figure").getAttribute("data-frames");
      const first = await frames();
      await page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
      );
      assert.equal(await frames(), first);
      figurine.take("figurine.command", ambient({ mood: "melting", meltRatio: 0.9 }));
      await page.locator('#figure[data-stance="melting"][data-melt="0.90"]').waitFor(WAIT);
    },
    { reducedMotion: "reduce" },
  );
});

test("a hidden page draws nothing, and goes on when it is seen again", { skip }, async () => {
  await withPage(async ({ page }) => {
    await until(page, "Number(document.getElementById('figure').dataset.frames) > 2");
    await page.evaluate(`
      Object.defineProperty(document, "hidden", { configurable: true, get: () => window.away });
      window.away = true;`);
    const settle = "new Promise((done) => setTimeout(done, 120))";
    const frames = () => page.locator("#figure").getAttribute("data-frames");
    await page.evaluate(settle);
    const hidden = await frames();
    await page.evaluate(settle);
    assert.equal(await frames(), hidden);
    await page.evaluate(
      "window.away = false; document.dispatchEvent(new Event('visibilitychange'))",
    );
    await until(page, `Number(document.getElementById('figure').dataset.frames) > ${hidden}`);
  });
});

for (const [width, height] of [
  [390, 844],
  [1280, 800],
  [844, 390],
] as const) {
  test(`at ${width} x ${height} nothing sticks out and the words do not cover the face`, {
    skip,
  }, async () => {
    await withPage(
      async ({ page, figurine }) => {
        figurine.take("analysis.state", analysed("hyperfocus"));
        figurine.take("gamification.reward", aReward({ balanceCoins: 123_456, streakDays: 365 }));
        figurine.take("figurine.command", speaking(1));
        await page.locator("#bubble").waitFor(WAIT);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.equal(overflow, 0);
        for (const part of ["#bubble", ".bar", ".purse"]) {
          const box = await page.locator(part).boundingBox();
          assert.ok(box !== null && box.x >= 0 && box.x + box.width <= width, part);
          assert.ok(box.y >= 0 && box.y + box.height <= height, `${part} in height`);
        }
      },
      { viewport: { width, height } },
    );
  });
}

test("a figurine that is started again is found again, without a reload", { skip }, async () => {
  await withPage(
    async ({ page, figurine }) => {
      const port = Number(new URL(figurine.url).port);
      await figurine.stop();
      await page.locator('#link[data-link="lost"]').waitFor(WAIT);
      const directory = await mkdtemp(join(tmpdir(), "skelly-browser-"));
      const again = await startFigurine({
        config: { ...FIGURINE_DEFAULTS, port },
        dataDirectory: directory,
        nowMs: Date.now,
        publish: () => undefined,
        log: { info: () => undefined, warn: () => undefined },
      });
      again.take("figurine.command", ambient({ mood: "tired", expression: "sleepy" }));
      await page.locator('#figure[data-stance="sleepy"]').waitFor(WAIT);
      await page.locator('#link[data-link="live"]').waitFor(WAIT);
      await again.stop();
      await rm(directory, { recursive: true });
    },
    {},
    /ERR_|Failed to load/,
  );
});
