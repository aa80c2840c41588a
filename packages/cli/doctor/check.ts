// check.ts: one line of `skelly doctor`.

/** `missing`: something that is needed is not there. `warn`: it works, with less. */
export type Verdict = "ok" | "warn" | "missing";

export type Check = {
  readonly group: "runtime" | "machine" | "limits" | "state" | "system";
  readonly name: string;
  readonly verdict: Verdict;
  /** What was found. */
  readonly found: string;
  /** What that means; `null` when all is well and it needs no words. */
  readonly means: string | null;
  /** What to do about it. */
  readonly todo: string | null;
};

export const ok = (
  group: Check["group"],
  name: string,
  found: string,
  means: string | null = null,
): Check => ({ group, name, verdict: "ok", found, means, todo: null });

type Trouble = { readonly found: string; readonly means: string; readonly todo: string };

export const warn = (group: Check["group"], name: string, trouble: Trouble): Check => ({
  group,
  name,
  verdict: "warn",
  ...trouble,
});

export const missing = (group: Check["group"], name: string, trouble: Trouble): Check => ({
  group,
  name,
  verdict: "missing",
  ...trouble,
});
