// tale.ts: what happens in a simulated world, as lines to read.

export function factLine(fact: object & { readonly kind: string }): string {
  const { kind, ...rest } = fact;
  return `${kind} ${JSON.stringify(rest)}`;
}

export function eventLine(event: { readonly type: string }): string {
  const { type, ...rest } = event as Record<string, unknown> & { type: string };
  const { seq: _, timeMs: __, ...known } = rest;
  return `${type} ${JSON.stringify(known)}`;
}
