// paint.ts: colours by meaning-free names, or nothing at all where colours are not wanted.

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Color = keyof typeof CODES;
export type Paint = Readonly<Record<Color, (text: string) => string>> & { readonly on: boolean };

export function paint(on: boolean): Paint {
  const entries = Object.entries(CODES).map(([name, [open, close]]) => [
    name,
    (text: string) => (on && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text),
  ]);
  return { ...(Object.fromEntries(entries) as Record<Color, (text: string) => string>), on };
}

const MODULE_COLORS: readonly Color[] = ["cyan", "magenta", "green", "blue", "yellow"];

/** The same module has the same colour in every run. */
export function colorOf(module: string): Color {
  let sum = 0;
  for (const letter of module) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return MODULE_COLORS[sum % MODULE_COLORS.length] as Color;
}
