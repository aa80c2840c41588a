// interrupt.ts: Ctrl-C and its kin, for commands that follow something until told to stop.
import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type EndSignal = (typeof SIGNALS)[number];

export const exitCodeOf = (signal: EndSignal): number => 128 + constants.signals[signal];

/** Calls for each such signal until released. */
export function onEndSignal(call: (signal: EndSignal) => void): () => void {
  const handlers = SIGNALS.map((signal) => [signal, () => call(signal)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}

export type Interrupt = {
  readonly happened: boolean;
  readonly name: EndSignal | null;
  /** 128 + n. */
  readonly exitCode: number;
  /** Resolves at the first such signal. */
  readonly signal: Promise<EndSignal>;
  orAfter(ms: number): Promise<void>;
  release(): void;
};

export function untilInterrupted(): Interrupt {
  let got: EndSignal | null = null;
  let tell: (signal: EndSignal) => void = () => {};
  const signal = new Promise<EndSignal>((done) => {
    tell = done;
  });
  const release = onEndSignal((name) => {
    got ??= name;
    tell(name);
  });
  return {
    get happened() {
      return got !== null;
    },
    get name() {
      return got;
    },
    get exitCode() {
      return got === null ? 0 : exitCodeOf(got);
    },
    signal,
    orAfter(ms) {
      return new Promise<void>((done) => {
        const timer = setTimeout(done, ms);
        signal.then(() => {
          clearTimeout(timer);
          done();
        });
      });
    },
    release,
  };
}
