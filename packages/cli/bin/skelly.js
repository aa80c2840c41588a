#!/usr/bin/env node
// skelly.js: the launcher. Old syntax on purpose: any Node.js since 14 can say what is needed.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const program = join(root, "dist", "cli.cjs");

if (Number(process.versions.node.split(".")[0]) < 20) {
  process.stderr.write(
    `skelly needs Node.js 20 or later to start (this is ${process.versions.node}).\n` +
      "Install a newer one from https://nodejs.org, then try again.\n",
  );
  process.exitCode = 1;
} else if (process.platform === "win32") {
  process.stderr.write(
    "skelly does not run on Windows yet: it relies on signals, process groups and /proc.\n" +
      "In WSL 2 it runs as on any Linux.\n",
  );
  process.exitCode = 1;
} else if (!existsSync(program)) {
  process.stderr.write(`skelly is not built: ${program} is missing.\nRun \`npm run build\`.\n`);
  process.exitCode = 1;
} else {
  createRequire(import.meta.url)(program).main({ argv: process.argv.slice(2), root });
}
