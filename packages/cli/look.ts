// look.ts: the terminal's answers as the pure renderers want them.
import type { Look } from "./render/state.ts";
import type { Terminal } from "./terminal.ts";

export const lookOf = (terminal: Terminal): Look => ({
  paint: terminal.paint,
  symbols: terminal.symbols,
  width: terminal.width(),
});
