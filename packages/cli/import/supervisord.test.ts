// supervisord.test.ts: what each key of a supervisord.conf becomes; and the Procfile.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the formats' own variables
import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleOf, notesOf, refusalOf, tryImport } from "./import.harness.ts";

const program = (lines: string): string => `[program:a]\ncommand=sleep 9\n${lines}\n`;
const of = (lines: string) => moduleOf({ "supervisord.conf": program(lines), "dir/x": "" });

test("each key of a program becomes ours, with its numbers", () => {
  const ladder = (attempts: number | "unlimited", backoffMax: string) => ({
    ladder: [{ restart: { attempts, backoff: "1s", backoffMax } }],
  });
  // biome-ignore format: a table is read by column
  const table: readonly (readonly [string, string, unknown])[] = [
    ["", "restart", "on-failure"],
    ["", "recovery", ladder(3, "3s")],
    ["", "stableAfter", "1s"],
    ["autorestart=true\nstartsecs=10\nstartretries=5", "recovery", ladder(5, "5s")],
    ["startsecs=10", "stableAfter", "10s"],
    ["startsecs=0\nautorestart=true", "recovery", ladder("unlimited", "1m")],
    ["startretries=0", "recovery", { ladder: ["manual"] }],
    ["autorestart=false", "restart", "never"],
    ["exitcodes=0,2", "successExitCodes", [0, 2]],
    ["autostart=false", "profiles", ["manual"]],
    ["stopsignal=QUIT\nstopwaitsecs=4\nkillasgroup=true", "stop", { signal: "SIGQUIT", timeout: "4s" }],
    ["numprocs=3\nprocess_name=%(program_name)s_%(process_num)d", "instances", 3],
    ["directory=%(here)s/dir", "cwd", "./dir"],
    ["umask=22", "umask", "022"],
    ["user=1000", "user", 1000],
    ["stdout_logfile_maxbytes=2MB\nstdout_logfile_backups=3", "logs", { maxSize: "2MiB", keep: 3 }],
    ["environment=A=\"1,2\",B='x y',C=plain", "env", { A: "1,2", B: "x y", C: "plain" }],
    ["environment =\n  A=\"1\",\n  B=2 ; a comment\n", "env", { A: "1", B: "2" }],
    ["environment=A=\"%(ENV_TOKEN)s\",B=\"100%%\"", "env", { A: "env:TOKEN", B: "100%" }],
    ["environment=A=\"x-%(ENV_TOKEN)s\"", "command", 'export A="x-${TOKEN?}"; exec sleep 9'],
    ["command=sh -c \"echo 'a;b'; sleep 9\" ; not this", "command", ["sh", "-c", "echo 'a;b'; sleep 9"]],
    ["command: cat %(program_name)s", "command", ["cat", "a"]],
  ];
  for (const [lines, key, value] of table) assert.deepEqual(of(lines)[key], value, lines);
});

test("processes that are told apart by number become modules of their own", () => {
  const { system } = tryImport({
    "supervisord.conf":
      "[program:w]\ncommand=serve %(process_num)02d %(group_name)s\nprocess_name=%(program_name)s_%(process_num)02d\nnumprocs=2\nnumprocs_start=8\n[group:g]\nprograms=w\n",
  });
  assert.deepEqual(Object.keys(system.modules), ["w_08", "w_09"]);
  assert.deepEqual(system.modules["w_09"]?.["command"], ["serve", "09", "g"]);
});

test("includes are read, sections of the daemon itself are named", () => {
  const result = tryImport({
    "supervisord.conf": `[supervisord]\nlogfile=x\nenvironment=ALL="1"\n${program("priority=5\nodd=1")}[include]\nfiles = conf.d/*.conf more.ini\n[eventlistener:e]\ncommand=e\n`,
    "conf.d/b.conf": "[program:b]\ncommand=sleep 9\nstdout_logfile=/x\n",
    "conf.d/c.txt": "[program:c]\n",
  });
  assert.deepEqual(Object.keys(result.system.modules), ["a", "b"]);
  assert.deepEqual(result.system.modules["b"]?.["env"], { ALL: "1" });
  assert.deepEqual(notesOf(result), [
    "*: the include 'more.ini', which no file matches (supervisord.conf:9)",
    "a: odd (supervisord.conf:7)",
    "b: stdout_logfile (conf.d/b.conf:3)",
    "*: [supervisord] logfile (supervisord.conf:2)",
    "*: [eventlistener:e] (supervisord.conf:10)",
    "*: the order by priority: a, b (supervisord.conf:6)",
  ]);
});

test("a supervisord.conf that makes no sense is refused with its place and exit code 78", () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ["command=x\n", /^78 supervisord\.conf:1: 'command=x' stands before the first/],
    ["[program:a]\nwhat\n", /^78 supervisord\.conf:2: 'what' is no `key = value`/],
    ["[supervisord]\n", /^78 supervisord\.conf: it has no \[program/],
    ["[program:a]\n", /^78 supervisord\.conf:1: \[program:a\] has no command/],
    ["[program:a]\ncommand=echo 'x\n", /^78 supervisord\.conf:2: a quote is never closed/],
    [program("startsecs=soon"), /^78 supervisord\.conf:3: 'soon' must be a whole number/],
    [program("stopsignal=NO"), /^78 supervisord\.conf:3: 'NO' is no signal/],
    [program("autorestart=perhaps"), /^78 supervisord\.conf:3: autorestart must be/],
    [program("directory=%(nope)s"), /^78 supervisord\.conf:3: %\(nope\)s is not known/],
    [program("environment=A"), /^78 supervisord\.conf:3: environment is no list/],
    [program("numprocs=0"), /^78 supervisord\.conf:3: numprocs must be/],
  ];
  for (const [text, refusal] of table)
    assert.match(refusalOf({ "supervisord.conf": text }), refusal);
});

test("a Procfile: ports as foreman gives them, .env, release as a task", () => {
  const { system } = tryImport({
    Procfile: "# web first\nweb: bundle exec serve -p $PORT\nWorker_2: sleep 9\nrelease: true\n",
    ".env": "PORT=3000\n",
  });
  assert.deepEqual(system.modules, {
    web: { command: "bundle exec serve -p $PORT", env: { PORT: "3000" }, envFile: ".env" },
    worker_2: { command: "sleep 9", env: { PORT: "3100" }, envFile: ".env" },
    release: { command: "true", task: true, env: { PORT: "3200" }, envFile: ".env" },
  });
  assert.match(refusalOf({ Procfile: "web: x\nno command\n" }), /^78 Procfile:2: a line must be/);
  assert.match(
    refusalOf({ Procfile: "web: x\nweb: y\n" }),
    /^78 Procfile:2: 'web' is there already, on line 1/,
  );
  assert.match(refusalOf({ Procfile: "# none\n" }), /^78 Procfile: it names no process/);
  assert.match(
    refusalOf({ Procfile: "web: x\n", ".env": "A=1\n???\n" }),
    /^78 \.env:2: the line is no KEY=VALUE/,
  );
});
