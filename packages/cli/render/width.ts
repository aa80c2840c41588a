// width.ts: how wide a text is on a terminal, and cutting it to fit. Colours have no width.

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of them
const COLOR = /(\u001b\[[0-9;]*m)/;
const COLORS = new RegExp(COLOR.source, "g");
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of them
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -~])?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
const PLAIN = /^[ -~]*$/;

/** Columns on the screen. */
export function widthOf(text: string): number {
  const bare = text.replace(COLORS, "");
  if (PLAIN.test(bare)) return bare.length;
  let width = 0;
  for (const letter of bare) width += letterWidth(letter);
  return width;
}

/** Cut to `width` columns, with the ellipsis inside it. Colours stay balanced. */
export function cut(text: string, width: number, ellipsis: string): string {
  if (width === Number.POSITIVE_INFINITY || widthOf(text) <= width) return text;
  const room = Math.max(0, width - ellipsis.length);
  let used = 0;
  let kept = "";
  let colored = false;
  for (const part of text.split(COLOR)) {
    if (part.startsWith("\u001b")) {
      kept += part;
      colored = true;
      continue;
    }
    for (const letter of part) {
      used += letterWidth(letter);
      if (used > room) return `${kept}${ellipsis.slice(0, width)}${colored ? "\u001b[0m" : ""}`;
      kept += letter;
    }
  }
  return kept;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text))) + text;
}

/** What a module wrote, made harmless: it may colour, if colours are on, not move the cursor. */
export function harmless(text: string, keepColors: boolean): string {
  const kept: string[] = [];
  const bare = text.replace(ESCAPES, (sequence) => {
    if (!keepColors || !COLOR.test(sequence)) return "";
    kept.push(sequence);
    return "\u0000";
  });
  if (kept.length === 0) return bare.replace(CONTROLS, "");
  const parts = bare.split("\u0000").map((part) => part.replace(CONTROLS, ""));
  return `${parts.map((part, index) => part + (kept[index] ?? "")).join("")}\u001b[0m`;
}

/** Breaks at spaces into lines of at most `width` columns; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (line !== "" && widthOf(longer) > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}

function letterWidth(letter: string): number {
  const code = letter.codePointAt(0) as number;
  if (code < 0x300) return 1;
  if ((code >= 0x200b && code <= 0x200f) || /^\p{M}$/u.test(letter)) return 0;
  return isWide(code) ? 2 : 1;
}

const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

const isWide = (code: number): boolean => WIDE.some(([from, to]) => code >= from && code <= to);
