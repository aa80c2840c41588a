// sse-lines.ts: server-sent events out of the pieces that arrive. Pure but for what it keeps between pieces.

export type Message = { readonly name: string; readonly id: string | null; readonly data: string };

export function messageReader(): (piece: string) => Message[] {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const fields = block.split("\n").map((line) => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)] as const;
      });
      const field = (name: string): string | undefined => fields.find(([key]) => key === name)?.[1];
      const data = field("data");
      if (data === undefined) return [];
      return [{ name: field("event") ?? "message", id: field("id") ?? null, data }];
    });
  };
}
