// enforcement-wish.ts: SKELLY_ENFORCEMENT: doing without the kernel's groups where they could be had.

/**
 * `watched`: no group is made; limits are kept by asking, priority and pauses, and a module's processes
 * are known by the mark in their environment. Otherwise the best that the machine offers.
 */
export function enforcementWish(
  env: Readonly<Record<string, string | undefined>>,
): "best" | "watched" {
  return env["SKELLY_ENFORCEMENT"] === "watched" ? "watched" : "best";
}
