// dashboard-page.test.ts: the page in a real browser, in front of a real system: start, crash, recovery, change.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { Rig, sh } from "./rig.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
const skip = existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed (Debian: chromium)`;
const LIMIT_MS = 20_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe("the dashboard in a browser", { skip }, () => {
  let browser: Browser;
  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...QUIET] });
  });
  after(() => browser.close());

  /** A page on a system that runs, and what its console complained of. */
  async function open(
    rig: Rig,
    options: { readonly dark?: boolean; readonly width?: number; readonly readOnly?: boolean } = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const { address, readOnlyAddress } = JSON.parse((await rig.ok("dashboard", "--json")).out);
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: 900 },
      colorScheme: options.dark ? "dark" : "light",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(options.readOnly ? readOnlyAddress : address);
    await page.getByRole("table").waitFor();
    return { page, complaints };
  }

  function shop(rig: Rig): void {
    rig.system({
      database: {
        command: sh('echo "database is up size=5"; exec sleep 1000'),
        config: { size: 5, password: "hunter2-hunter2" },
      },
      api: {
        command: sh("echo api is up; exec sleep 1000"),
        dependsOn: { database: { condition: "healthy", whenDown: "wait" } },
      },
      web: { command: sh("exec sleep 1000"), dependsOn: ["api"], required: false },
    });
  }

  const row = (page: Page, id: string) =>
    page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: id }) });

  test("a start, a crash and its recovery, a stop that asks first, a change with its plan", async (t) => {
    const rig = new Rig(t);
    shop(rig);
    await rig.ok("up", "-d");
    const { page, complaints } = await open(rig);
    assert.equal(new URL(page.url()).hash, "#/", "the token is out of sight");
    await page.getByRole("status").filter({ hasText: "healthy" }).waitFor();
    for (const id of ["database", "api", "web"]) {
      await page.getByRole("link", { name: `${id} running` }).waitFor();
    }

    const before = await rig.untilModule("api", "runs", ({ state }) => state === "running");
    process.kill(Number(before.pid), "SIGKILL");
    await row(page, "api").getByRole("cell", { name: "1", exact: true }).waitFor();
    await row(page, "api").getByText("running").waitFor();
    await page.getByRole("link", { name: "Events" }).click();
    await page.getByText("was killed by SIGKILL").first().waitFor();
    await page
      .getByText(/recovery by restart/)
      .first()
      .waitFor();

    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await row(page, "web").getByRole("button", { name: "stop web" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("No running module depends on it.").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.equal((await rig.untilModule("web", "is there", () => true)).state, "running");
    await row(page, "web").getByRole("button", { name: "stop web" }).click();
    await dialog.getByRole("button", { name: "Stop it" }).click();
    await page.getByText("web has stopped.").waitFor();
    await row(page, "web").getByRole("button", { name: "start web", exact: true }).click();
    await page.getByText("web is up.").waitFor();

    await page.getByRole("rowheader", { name: "database" }).getByRole("link").click();
    await page.getByText('"password": "***"').waitFor();
    await page.getByRole("button", { name: "Change…" }).click();
    const draft = page.getByRole("textbox", { name: /As JSON/ });
    await draft.fill((await draft.inputValue()).replace('"size": 5', '"size": 7'));
    await page.getByRole("button", { name: "Show the plan" }).click();
    await dialog.getByText("size: 5 → 7").waitFor();
    await dialog.getByText(/is restarted with it/).waitFor();
    await dialog.getByRole("button", { name: "Change it" }).click();
    await page.getByText("Version 2 is in force").waitFor();
    await page.getByText('"size": 7').first().waitFor();
    await page.getByText("1 change", { exact: true }).waitFor();

    await page.getByRole("link", { name: "Logs" }).click();
    await page.getByText("api is up").first().waitFor();
    await page.getByRole("searchbox", { name: "Search the lines" }).fill("database");
    await page.getByText("api is up").first().waitFor({ state: "detached" });
    await page.locator("mark").first().waitFor();

    await page.getByRole("link", { name: "Start-up" }).click();
    await page.getByText("It waited for").waitFor();
    assert.deepEqual(complaints, []);
    await rig.ok("down");
    await page.getByRole("alert").filter({ hasText: "The gateway does not answer" }).waitFor();
    await page.context().close();
  });

  test("the page outlives the orchestrator, says so, and catches up", async (t) => {
    const rig = new Rig(t);
    shop(rig);
    await rig.ok("up", "-d");
    const { page } = await open(rig);
    process.kill(rig.daemonPid(), "SIGKILL");
    await page.getByRole("alert").filter({ hasText: "Modules go on without it" }).waitFor();
    await rig.ok("up", "-d");
    await page.getByRole("alert").waitFor({ state: "detached" });
    await rig.ok("stop", "web");
    await row(page, "web").getByText("stopped").waitFor();
    await page.context().close();
    await rig.ok("down");
  });

  test("no page has a serious fault for who cannot see or point, in light and dark, wide and narrow", async (t) => {
    const rig = new Rig(t);
    shop(rig);
    await rig.ok("up", "-d");
    await rig.ok("stop", "web");
    const pages = [
      "#/",
      "#/modules/database",
      "#/modules/nobody",
      "#/logs",
      "#/startup",
      "#/events",
      "#/no",
    ];
    for (const look of [{ dark: false }, { dark: true }, { dark: false, width: 390 }]) {
      const { page, complaints } = await open(rig, look);
      for (const hash of pages) {
        await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
        await page.locator("main h1").waitFor({ state: "attached" });
        await page.getByText("Looking…").first().waitFor({ state: "detached" });
        const where = `${hash} ${JSON.stringify(look)}`;
        assert.deepEqual(await faults(page), [], where);
        const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert.ok(Number(over) <= 0, `${where} is ${over} px too wide`);
      }
      assert.deepEqual(complaints, []);
      await page.context().close();
    }
    await rig.ok("down");
  });

  test("who may only look is told so when he acts; a wrong token sees nothing", async (t) => {
    const rig = new Rig(t);
    shop(rig);
    await rig.ok("up", "-d");
    const { page } = await open(rig, { readOnly: true });
    await row(page, "api").getByRole("button", { name: "restart api" }).click();
    await page.getByRole("button", { name: "Restart it" }).click();
    await page.getByText("This token may only look.").waitFor();
    await page.goto(`${new URL(page.url()).origin}/#token=wrong`);
    await page.getByRole("heading", { name: "Who are you?" }).waitFor();
    assert.equal(await page.getByText("database").count(), 0);
    await page.context().close();
    await rig.ok("down");
  });
});

/** Serious and critical faults that axe finds, in words. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as {
    readonly violations: readonly Fault[];
  };
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

type Fault = {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
};
