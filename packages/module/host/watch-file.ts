// watch-file.ts: tells when a file has changed, also when it is replaced as a whole.
import { watch } from "node:fs";
import { basename, dirname } from "node:path";

const SETTLE_MS = 50;

/** Calls once for a burst of changes. Returns what ends the watching. */
export function watchFile(path: string, onChange: () => void): () => void {
  let settle: NodeJS.Timeout | null = null;
  // The folder, since a file that is moved into place is another file.
  const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
    if (name !== null && name !== basename(path)) return;
    if (settle !== null) clearTimeout(settle);
    settle = setTimeout(onChange, SETTLE_MS);
    settle.unref();
  });
  // The folder itself went away: nothing more will be told, and nothing else is wrong.
  watcher.on("error", () => watcher.close());
  return () => {
    if (settle !== null) clearTimeout(settle);
    watcher.close();
  };
}
