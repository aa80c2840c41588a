// verb-flags.ts: flags that several verbs take.
import type { Flag } from "../args.ts";

export const follow: Flag = { name: "follow", short: "f", says: "go on showing what comes" };
export const lines: Flag = {
  name: "lines",
  short: "n",
  takes: "N",
  says: "how many of the last to show",
};
export const timeout: Flag = {
  name: "timeout",
  takes: "TIME",
  says: "give up after this long (e.g. 30s)",
};
export const profile: Flag = {
  name: "profile",
  takes: "NAME",
  says: "use this profile of the file",
};
