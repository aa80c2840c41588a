// lines.ts: cuts a stream of bytes into lines; a line has a greatest length.

export type LineCutter = {
  push(chunk: Buffer): void;
  /** What stands after the last newline. */
  rest(): string;
};

/** Calls `onLine` for each whole line, `onTooLong` once for a line that passes `maxBytes`. */
export function cutLines(
  maxBytes: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): LineCutter {
  let parts: Buffer[] = [];
  let waiting = 0;
  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        const piece = chunk.subarray(from, at);
        const whole = waiting === 0 ? piece : Buffer.concat([...parts, piece]);
        from = at + 1;
        parts = [];
        waiting = 0;
        if (whole.length > maxBytes) return onTooLong();
        onLine(whole.toString("utf8"));
      }
      if (from === chunk.length) return;
      parts.push(chunk.subarray(from));
      waiting += chunk.length - from;
      if (waiting <= maxBytes) return;
      parts = [];
      waiting = 0;
      onTooLong();
    },
    rest: () => Buffer.concat(parts).toString("utf8"),
  };
}
