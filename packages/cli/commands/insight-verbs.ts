// insight-verbs.ts: the rows of those verbs that explain: the system, its start, the machine, its place at boot.
import type { Verb } from "../context.ts";
import { profile } from "./verb-flags.ts";

export const INSIGHT_VERBS: readonly Verb[] = [
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
    name: "doctor",
    group: "other",
    says: "look at this machine: what it offers, what is missing, what to do",
    more: ["Exit code 1 only when something that is needed is missing."],
    flags: [profile],
    load: () => import("./doctor.ts"),
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
];
