// process-host.ts: the program that runs one module in a process of its own: `process-host.mjs <entry file>`.
import { resolve } from "node:path";
import { loadDefinition } from "./load-definition.ts";
import { refuseProcess, runAsProcess } from "./run-as-process.ts";

const entry = process.argv[2];
if (entry === undefined) refuseProcess("usage: process-host.mjs <entry file>");
else runAsProcess(() => loadDefinition(resolve(entry)));
