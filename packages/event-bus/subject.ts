// subject.ts: the grammar of subjects: dot-separated tokens, `*` for one token, `>` for the rest.

/** Right for a subscription: no empty token, no blank, `>` only at the end. */
export function isPattern(text: string): boolean {
  if (text === "" || hasBlank(text)) return false;
  const tokens = text.split(".");
  return tokens.every((token, at) => token !== "" && (token !== ">" || at === tokens.length - 1));
}

/** Right for a message: a pattern without wildcards. */
export function isSubject(text: string): boolean {
  return isPattern(text) && !hasWildcard(text);
}

export function hasWildcard(pattern: string): boolean {
  if (!pattern.includes("*") && !pattern.includes(">")) return false;
  return pattern.split(".").some((token) => token === "*" || token === ">");
}

export function subjectMatches(pattern: string, subject: string): boolean {
  return covers(pattern, subject);
}

/** True when everything that `inner` matches is matched by `outer` too. */
export function covers(outer: string, inner: string): boolean {
  const wide = outer.split(".");
  const narrow = inner.split(".");
  for (let at = 0; at < wide.length; at += 1) {
    const token = wide[at];
    if (at >= narrow.length) return false;
    if (token === ">") return true;
    if (narrow[at] === ">") return false;
    if (token !== "*" && token !== narrow[at]) return false;
  }
  return wide.length === narrow.length;
}

/** True when some subject is matched by both. */
export function overlaps(left: string, right: string): boolean {
  const a = left.split(".");
  const b = right.split(".");
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    if (a[at] === ">" || b[at] === ">") return true;
    if (a[at] !== "*" && b[at] !== "*" && a[at] !== b[at]) return false;
  }
  return a.length === b.length;
}

function hasBlank(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 127) return true;
  }
  return false;
}
