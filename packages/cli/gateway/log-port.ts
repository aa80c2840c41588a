// log-port.ts: the modules' log files as the gateway reads them; the daemon has no part in it.
import type { LogPort } from "@skelly-jelly/gateway";
import { belongsTo, logFilesIn } from "../log-files/log-folder.ts";
import { followLogs } from "../log-files/log-follow.ts";
import { mergeByTime } from "../log-files/log-line.ts";
import { tailOf, tailOfInstance } from "../log-files/log-tail.ts";

export function logFiles(folder: string): LogPort {
  const wanted = (module: string | null) => (instance: string) =>
    module === null ? !instance.startsWith("skelly:") : belongsTo(instance, module);
  return {
    tail(module, count) {
      const wants = wanted(module);
      const files = logFilesIn(folder).filter(({ instance }) => wants(instance));
      const lines = mergeByTime(files.map((file) => tailOfInstance(file, count).lines));
      return count === 0 ? [] : lines.slice(-count);
    },
    follow(module, onLines) {
      const wants = wanted(module);
      const starts = new Map(
        logFilesIn(folder)
          .filter(({ instance }) => wants(instance))
          .map(({ instance, path }) => [instance, tailOf(path, 0)]),
      );
      return followLogs(folder, { wants, starts, onLines });
    },
  };
}
