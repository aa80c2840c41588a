// main.ts: reads the events of a journal that nobody has open, for a command whose Node.js has no SQLite.
// Started as `node read-journal.mjs <journal.db> <query as JSON>`; prints one event a line, oldest first.
import { readJournalFile } from "./read-file.ts";

const [path, query] = process.argv.slice(2);
if (path === undefined || query === undefined)
  throw new Error("bug: a path and a query are needed");
process.stdout.write(
  readJournalFile(path, JSON.parse(query) as Parameters<typeof readJournalFile>[1])
    .map((body) => `${body}\n`)
    .join(""),
);
