// signals.ts: the signals that may ask a module to end.

/** By name, as on Linux and macOS; numbers differ between them and are not taken. */
export const SIGNALS: readonly string[] = [
  "SIGTERM",
  "SIGINT",
  "SIGQUIT",
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGKILL",
  "SIGABRT",
  "SIGALRM",
  "SIGCONT",
  "SIGWINCH",
  "SIGIO",
  "SIGPIPE",
  "SIGTRAP",
];

export const isSignal = (value: string): boolean => SIGNALS.includes(value);
