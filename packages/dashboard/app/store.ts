// store.ts: the one state of the page; many news become one change of what is shown.
import { useEffect, useRef, useState } from "preact/hooks";
import { EMPTY, heard, type News, type State } from "./state.ts";

/** Ten times a second is as often as anybody can read. */
const SHOW_EVERY_MS = 100;

const listeners = new Set<() => void>();
let now: State = EMPTY;
let isDue = false;

export function tell(news: News): void {
  now = heard(now, news, Date.now());
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    for (const listener of listeners) listener();
  }, SHOW_EVERY_MS);
}

export const current = (): State => now;

export function useStore<T>(select: (state: State) => T): T {
  const [value, show] = useState<T>(() => select(now));
  const latest = useRef(select);
  latest.current = select;
  useEffect(() => {
    const look = (): void => show(() => latest.current(now));
    listeners.add(look);
    look();
    return () => void listeners.delete(look);
  }, []);
  return value;
}
