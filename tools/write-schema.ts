// write-schema.ts: writes what is made from the tables of the configuration: the JSON Schema and
// its reference page.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { jsonSchema } from "@skelly-jelly/contract";
import { referencePage } from "@skelly-jelly/contract/internal";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Path inside the repository, and what it must hold. */
export const MADE_FROM_TABLES: readonly (readonly [path: string, text: string])[] = [
  ["packages/cli/skelly.schema.json", `${JSON.stringify(jsonSchema(), null, 2)}\n`],
  ["docs/configuration.md", referencePage()],
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of MADE_FROM_TABLES) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
