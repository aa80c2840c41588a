// dashboard.test.ts: `skelly dashboard` and its gateway, with a real daemon and real modules.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { Rig, sh } from "./rig.ts";

type Address = { readonly url: string; readonly address: string; readonly socketPath: string };

const GATEWAY = "skelly:gateway";

async function opened(rig: Rig, ...flags: string[]): Promise<Address & { token: string }> {
  const { out } = await rig.ok("dashboard", "--json", ...flags);
  const known = JSON.parse(out) as Address;
  return { ...known, token: new URL(known.address).hash.slice("#token=".length) };
}

const asked = (token: string, more: RequestInit = {}): RequestInit => ({
  ...more,
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
});

/** What an address answers, whatever it is. */
const json = async (address: string, options: RequestInit): Promise<any> =>
  (await fetch(address, options)).json();

function shop(rig: Rig): void {
  rig.system({
    database: {
      command: sh("echo db is up; exec sleep 1000"),
      config: { size: 5, password: "not for everyone" },
      env: { SHOP_SECRET: "also not for everyone" },
    },
    api: { command: sh("exec sleep 1000"), dependsOn: ["database"] },
  });
}

test("without being asked there is no gateway; asked, it serves the API until the system stops", async (t) => {
  const rig = new Rig(t);
  shop(rig);
  assert.equal((await rig.run("dashboard")).code, 3);
  await rig.ok("up", "-d");
  const ids = (await rig.status("--all")).modules.map(({ id }) => id);
  assert.deepEqual(ids, ["database", "api"]);

  const { url, token } = await opened(rig);
  await rig.eventually("the gateway knows that it is up itself", async () => {
    return (await json(`${url}v1/system`, asked(token))).status === "healthy";
  });
  const system = await json(`${url}v1/system`, asked(token));
  assert.deepEqual(
    system.modules.map(({ id }: { id: string }) => id),
    [GATEWAY, "database", "api"],
  );
  assert.deepEqual(
    (await rig.status()).modules.map(({ id }) => id),
    ["database", "api"],
  );
  assert.equal((await fetch(url)).status, 200);

  const restarted = await fetch(`${url}v1/modules/api/restart`, asked(token, { method: "POST" }));
  assert.equal(restarted.status, 200);
  assert.equal(((await restarted.json()) as { incarnation: number }).incarnation, 2);
  assert.equal((await json(`${url}v1/modules/api`, asked(token))).incarnation, 2);

  const config = `${url}v1/modules/database/config`;
  const patch = asked(token, { method: "PATCH", body: '{"size":7}' });
  assert.equal((await json(`${config}?dryRun=1`, patch)).effect, "restart");
  assert.equal((await json(config, patch)).outcome, "restarted");
  await rig.eventually("the change is in the history", async () => {
    const { history } = await json(config, asked(token));
    return history.length === 1;
  });
  const { runs } = await json(`${url}v1/runs`, asked(token));
  assert.deepEqual(runs[0].criticalPath, ["database", "api"]);
  const { sentence, chain } = await json(`${url}v1/modules/api/why`, asked(token));
  assert.match(sentence, /^api is running/i);
  assert.ok(chain.length > 0);
  const { lines } = await json(`${url}v1/modules/database/logs`, asked(token));
  assert.equal(lines[0].text, "db is up");

  const paths = [
    "system",
    "modules/database",
    "modules/database/config",
    "graph",
    "events",
    "system/why",
    "runs",
  ];
  for (const path of paths) {
    const text = await (await fetch(`${url}v1/${path}`, asked(token))).text();
    assert.doesNotMatch(text, /not for everyone/, path);
  }

  await rig.ok("down");
  await rig.untilNoneLeft();
  await rig.ok("up", "-d");
  assert.deepEqual(
    (await rig.status("--all")).modules.map(({ id }) => id),
    ["database", "api"],
  );
  await rig.ok("down");
});

test("killing the gateway loses nothing but the connection: same address, same token", async (t) => {
  const rig = new Rig(t);
  shop(rig);
  await rig.ok("up", "-d");
  const { url, token } = await opened(rig);
  const { pid } = await rig.untilModule(GATEWAY, "runs", ({ state }) => state === "running");
  process.kill(Number(pid), "SIGKILL");
  await rig.untilModule(GATEWAY, "is back", (now) => now.state === "running" && now.pid !== pid);
  const { modules } = await json(`${url}v1/system`, asked(token));
  const lives = modules.filter(({ hidden }: { hidden: boolean }) => !hidden);
  assert.deepEqual(
    lives.map(({ incarnation }: { incarnation: number }) => incarnation),
    [1, 1],
  );
  assert.deepEqual(await opened(rig), await opened(rig));
  await rig.ok("down");
});

test("the gateway outlives an orchestrator that dies, and goes on with the next", async (t) => {
  const rig = new Rig(t);
  shop(rig);
  await rig.ok("up", "-d");
  const { url, token } = await opened(rig);
  const before = await rig.untilModule(GATEWAY, "runs", ({ state }) => state === "running");
  process.kill(rig.daemonPid(), "SIGKILL");
  await rig.eventually("it says that the orchestrator is away", async () => {
    return (await fetch(`${url}v1/system`, asked(token))).status === 503;
  });
  await rig.ok("up", "-d");
  await rig.eventually("it has found the next one", async () => {
    return (await fetch(`${url}v1/system`, asked(token))).status === 200;
  });
  const after = await rig.untilModule(GATEWAY, "runs", ({ state }) => state === "running");
  assert.equal(after.pid, before.pid);
  await rig.ok("down");
});

test("the gateway stays when the configuration is reloaded", async (t) => {
  const rig = new Rig(t);
  shop(rig);
  await rig.ok("up", "-d");
  const { url, token } = await opened(rig);
  const before = await rig.untilModule(GATEWAY, "runs", ({ state }) => state === "running");
  rig.system({ database: { command: sh("exec sleep 1000") } });
  await rig.until("the api is gone", ({ modules }) => !modules.some(({ id }) => id === "api"));
  await rig.eventually("the graph follows", async () => {
    const graph = await json(`${url}v1/graph`, asked(token));
    return graph.nodes?.length === 1;
  });
  const after = await rig.untilModule(GATEWAY, "runs", ({ state }) => state === "running");
  assert.equal(after.pid, before.pid);
  await rig.ok("down");
});

test("a port that is taken is named, and nothing stays asked for", async (t) => {
  const rig = new Rig(t);
  shop(rig);
  await rig.ok("up", "-d");
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
  t.after(() => taken.close());
  const { port } = taken.address() as { port: number };
  const refused = await rig.run("dashboard", "--port", String(port));
  assert.equal(refused.code, 1, refused.err);
  assert.match(refused.err, /EADDRINUSE|in use/);
  assert.equal((await opened(rig)).url.includes(`:${port}/`), false);
  await rig.ok("down");
});
