// supervisord-expand.ts: the %(name)s of supervisord; what comes from the environment stays there.
import { hostname } from "node:os";
import { malformed } from "./notes.ts";
import type { IniValue } from "./read-ini.ts";
import type { Mixed, Variable } from "./variables.ts";

/** What it knows by name, beside the environment. */
export type Scope = Readonly<Record<string, string>>;

export function expand({ value, line, shown }: IniValue, scope: Scope): Mixed {
  const pieces: (string | Variable)[] = [];
  let literal = "";
  const form = /%%|%\(([^)]*)\)(0?\d*)([sd])|%/g;
  let from = 0;
  for (const match of value.matchAll(form)) {
    const [whole, name, width = "", kind] = match;
    literal += value.slice(from, match.index);
    from = match.index + whole.length;
    if (whole === "%%") literal += "%";
    else if (name === undefined) {
      throw malformed(shown, line, "a % that is no %(name)s must be written %%");
    } else if (name.startsWith("ENV_")) {
      if (literal !== "") pieces.push(literal);
      literal = "";
      // There it is an error when it is not set; `?` makes the shell say so too.
      pieces.push({ name: name.slice(4), shell: `\${${name.slice(4)}?}` });
    } else {
      const known = name === "host_node_name" ? hostname() : scope[name];
      if (known === undefined) throw malformed(shown, line, `%(${name})${kind} is not known here`);
      literal += kind === "d" ? padded(known, width) : known;
    }
  }
  literal += value.slice(from);
  if (literal !== "") pieces.push(literal);
  return pieces;
}

const padded = (number: string, width: string): string =>
  number.padStart(Number(width || 0), width.startsWith("0") ? "0" : " ");
