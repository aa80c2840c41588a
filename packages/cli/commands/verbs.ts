// verbs.ts: the table of verbs. Data only: the code behind a verb is loaded when it is used.
import type { Flag } from "../args.ts";
import type { Verb } from "../context.ts";

const follow: Flag = { name: "follow", short: "f", says: "go on showing what comes" };
const lines: Flag = { name: "lines", short: "n", takes: "N", says: "how many of the last to show" };
const timeout: Flag = {
  name: "timeout",
  takes: "TIME",
  says: "give up after this long (e.g. 30s)",
};
const profile: Flag = { name: "profile", takes: "NAME", says: "use this profile of the file" };

export const VERBS: readonly Verb[] = [
  {
    name: "init",
    group: "make",
    takes: "[folder]",
    says: "write a first configuration that runs",
    more: ["Writes skelly.config.yaml with two small modules that run on any Linux machine."],
    flags: [{ name: "ts", says: "write skelly.config.ts instead of YAML" }],
    load: () => import("./init.ts"),
  },
  {
    name: "import",
    group: "make",
    takes: "[file]",
    says: "write a configuration from another product's file",
    more: [
      "Reads a Procfile, process-compose.yaml, a PM2 ecosystem file, compose.yaml or supervisord.conf.",
      "What cannot be carried over is named: in the new file, and here. See docs/importing.md.",
    ],
    flags: [
      {
        name: "format",
        takes: "KIND",
        says: "procfile, process-compose, pm2, compose or supervisord; else guessed",
      },
      { name: "out", takes: "FILE", says: "write this file (default skelly.config.yaml)" },
      { name: "force", says: "write over a file that is there" },
    ],
    load: () => import("./import.ts"),
  },
  {
    name: "validate",
    group: "make",
    says: "check the configuration; change nothing",
    more: ["Exit code 78 when something is wrong; every problem is named with its place."],
    flags: [profile],
    load: () => import("./validate.ts"),
  },
  {
    name: "graph",
    group: "make",
    says: "show what depends on what, wave by wave",
    flags: [{ name: "format", takes: "KIND", says: "text (default), mermaid or dot" }, profile],
    load: () => import("./graph.ts"),
  },
  {
    name: "simulate",
    group: "make",
    says: "play what-if with your own system, in virtual time: kill storage at 30 s; what happens?",
    more: [
      "Nothing is run: the real core decides, over modules made of glass. Each flag may be repeated.",
      "--replay takes the failures of the last run from the journal, at the times they happened.",
    ],
    flags: [
      { name: "kill", takes: "MODULE@TIME", says: "it is killed then (e.g. storage@30s)" },
      { name: "hang", takes: "MODULE@TIME", says: "from then on it answers nothing" },
      { name: "crash", takes: "MODULE@TIME", says: "from then on every life of it ends after 1 s" },
      { name: "mend", takes: "MODULE@TIME", says: "from then on it is well again" },
      { name: "stop", takes: "MODULE@TIME", says: "somebody stops it" },
      { name: "restart", takes: "MODULE@TIME", says: "somebody restarts it" },
      { name: "replay", says: "the failures of the last run, from the journal" },
      { name: "for", takes: "TIME", says: "how long (default: a minute after the last)" },
      { name: "seed", takes: "N", says: "another throw of the dice that delays are drawn with" },
      profile,
    ],
    load: () => import("./simulate.ts"),
  },
  {
    name: "export",
    group: "make",
    takes: "systemd",
    says: "print a systemd unit that runs this system from boot",
    more: [
      "For your own user unless --system is given. The unit is printed, or written with --out;",
      "what to do with it is said beside it.",
    ],
    flags: [
      { name: "user", says: "for `systemctl --user` (the default)" },
      { name: "system", says: "for the machine's own systemd, as the present user" },
      { name: "out", takes: "DIR", says: "write it into this folder" },
      { name: "force", says: "with --out: write over a file that is there" },
      profile,
    ],
    load: () => import("./export.ts"),
  },
  {
    name: "up",
    group: "run",
    says: "start the system and stay with it",
    more: [
      "In the foreground Ctrl-C stops everything in order; a second one kills.",
      "When the orchestrator already runs without anyone attached, `up` attaches to it.",
    ],
    flags: [
      { name: "detach", short: "d", says: "return when the system is up" },
      { name: "no-wait", says: "with -d: return at once" },
      profile,
      { name: "logs", says: "show the modules' output also when this is not a terminal" },
      { name: "quiet", short: "q", says: "say only what goes wrong" },
    ],
    load: () => import("./up.ts"),
  },
  {
    name: "down",
    group: "run",
    says: "stop every module, in reverse order, and the orchestrator",
    flags: [timeout],
    load: () => import("./down.ts"),
  },
  {
    name: "upgrade",
    group: "run",
    says: "put this version of the orchestrator in place of the one that runs; no module restarts",
    flags: [profile],
    load: () => import("./upgrade.ts"),
  },
  {
    name: "start",
    group: "run",
    takes: "<module…>",
    says: "start modules that were stopped",
    flags: [timeout],
    completesModules: true,
    load: async () => (await import("./module-verbs.ts")).moduleVerb("start"),
  },
  {
    name: "stop",
    group: "run",
    takes: "<module…>",
    says: "stop modules and keep them stopped",
    flags: [timeout],
    completesModules: true,
    load: async () => (await import("./module-verbs.ts")).moduleVerb("stop"),
  },
  {
    name: "restart",
    group: "run",
    takes: "<module…>",
    says: "stop modules and start them again",
    flags: [timeout],
    completesModules: true,
    load: async () => (await import("./module-verbs.ts")).moduleVerb("restart"),
  },
  {
    name: "recover",
    group: "run",
    takes: "<module…>",
    says: "try again with modules that were given up",
    flags: [timeout],
    completesModules: true,
    load: async () => (await import("./module-verbs.ts")).moduleVerb("recover"),
  },
  {
    name: "status",
    aliases: ["ps", "list"],
    group: "look",
    says: "show how the system and its modules are",
    more: ["Exit code 3 when it is not running."],
    flags: [
      { name: "all", short: "a", says: "show Skelly's own hidden modules too" },
      { name: "watch", short: "w", says: "show it again every second" },
    ],
    load: () => import("./status.ts"),
  },
  {
    name: "health",
    group: "look",
    takes: "[module]",
    says: "show health, its numbers and what speaks against it",
    more: ["Exit code 1 when the system is critical, or the module is not well."],
    completesModules: true,
    load: () => import("./health.ts"),
  },
  {
    name: "logs",
    group: "look",
    takes: "[module…]",
    says: "show what modules wrote, also when nothing runs",
    more: [
      "A `~` before a line: it was written while the orchestrator was away;",
      "its time is when it was read.",
    ],
    flags: [follow, lines],
    completesModules: true,
    load: () => import("./logs.ts"),
  },
  {
    name: "events",
    group: "look",
    takes: "[module]",
    says: "show what happened, and why",
    flags: [follow, lines],
    completesModules: true,
    load: () => import("./events.ts"),
  },
  {
    name: "why",
    group: "look",
    takes: "[module|system]",
    says: "tell why it is as it is: the chain of causes, from the journal",
    more: [
      'Also when nothing runs. --at asks about a time: 12:03, 12:03:04, "5m ago",',
      "2026-01-31T12:03; a clock time without seconds means the whole minute.",
    ],
    flags: [{ name: "at", takes: "TIME", says: "what happened then, instead of what is now" }],
    completesModules: true,
    load: () => import("./why.ts"),
  },
  {
    name: "analyze",
    group: "look",
    says: "show where a start-up's time went: the waterfall and its critical path",
    more: [
      "Runs are counted back: --run 1 (or last) is the last, 2 the one before it.",
      "The critical path are the modules that the whole waited for, each for the one before.",
    ],
    flags: [
      { name: "run", takes: "N", says: "which start-up; the last when not given" },
      { name: "compare", takes: "N", says: "beside this one: what differs, the greatest first" },
      { name: "format", takes: "KIND", says: "text (default) or svg" },
    ],
    load: () => import("./analyze.ts"),
  },
  {
    name: "config",
    group: "look",
    takes: "get [module] [path] | set <module> <path> <value>",
    says: "read or change a module's configuration",
    more: [
      "`set` takes effect while the module runs, or is refused and changes nothing.",
      'The value is read as JSON when it is JSON (20, true, ["a"]), else as text.',
    ],
    flags: [{ name: "text", says: "take the value as text, whatever it looks like" }],
    load: () => import("./config.ts"),
  },
  {
    name: "dashboard",
    group: "look",
    says: "open the page that shows the system, and serve the control API",
    more: [
      "Brings up the gateway: HTTP on loopback, with a token, and on .skelly/gateway.sock.",
      "It stays until the system stops; `skelly status --all` shows it as skelly:gateway.",
    ],
    flags: [
      { name: "port", takes: "N", says: "listen on this port of 127.0.0.1" },
      { name: "no-open", says: "only print the address" },
    ],
    load: () => import("./dashboard.ts"),
  },
  {
    name: "doctor",
    group: "other",
    says: "look at this machine: what it offers, what is missing, what to do",
    more: ["Exit code 1 only when something that is needed is missing."],
    flags: [profile],
    load: () => import("./doctor.ts"),
  },
  {
    name: "completion",
    group: "other",
    takes: "bash|zsh|fish",
    says: "print a completion script for your shell",
    more: ["For example: source <(skelly completion bash)"],
    load: () => import("./completion.ts"),
  },
  {
    name: "version",
    group: "other",
    says: "show the version and the Node.js in use",
    load: () => import("./version.ts"),
  },
  {
    name: "help",
    group: "other",
    takes: "[command]",
    says: "show help",
    load: () => import("./help.ts"),
  },
  {
    name: "modules",
    group: "hidden",
    says: "print the modules' ids, one a line",
    load: () => import("./modules.ts"),
  },
];

/** Named in the design, refused by name. */
export const NOT_BUILT: readonly string[] = ["plan", "top", "mcp"];

/** Likewise, behind `config`. */
export const CONFIG_NOT_BUILT: readonly string[] = ["history", "diff", "rollback", "explain"];
