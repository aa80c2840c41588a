// process-host-command.ts: the command line that runs a `defineModule` file as a process of its own.
import { fileURLToPath } from "node:url";

/** With this program's own Node; the host is a door of @skelly-jelly/module. */
export function processHostCommand(file: string): readonly string[] {
  const host = fileURLToPath(import.meta.resolve("@skelly-jelly/module/process-host"));
  const flags = host.endsWith(".ts") ? ["--conditions=source"] : [];
  return [process.execPath, ...flags, host, file];
}
