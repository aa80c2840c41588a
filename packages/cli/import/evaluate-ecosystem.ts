// evaluate-ecosystem.ts: an ecosystem file that is a program is evaluated by a short-lived process,
// which also tells what it read of its environment.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Source } from "./imported.ts";
import { malformed } from "./notes.ts";

export type Evaluated = {
  /** Plain data. */
  readonly value: unknown;
  /** By name, what was there. */
  readonly read: Readonly<Record<string, string>>;
};

const TIMEOUT_MS = 10_000;

const PROGRAM = `
const [file, out] = process.argv.slice(1);
const read = {};
process.env = new Proxy(process.env, { get(env, name) {
  const value = env[name];
  if (typeof name === "string" && typeof value === "string") read[name] = value;
  return value;
} });
const plain = (_, value) => typeof value === "function" || value instanceof RegExp ? String(value) : value;
const end = (result) => {
  require("node:fs").writeFileSync(out, JSON.stringify(result, plain), { mode: 0o600 });
  process.exit(0);
};
import(require("node:url").pathToFileURL(file).href).then(async (module) => {
  const { default: found = module } = module;
  const value = typeof found === "function" ? await found() : await found;
  end({ value: value ?? null, read });
}).catch((error) => end({ error: String(error?.message ?? error), stack: String(error?.stack ?? "") }));
`;

type Result = { value?: unknown; read?: Record<string, string>; error?: string; stack?: string };

export function evaluateEcosystem({ file, shown, folder, env, node }: Source): Evaluated {
  const scratch = mkdtempSync(join(tmpdir(), "skelly-import-"));
  try {
    const out = join(scratch, "result.json");
    const ended = spawnSync(node(), ["--no-warnings", "-e", PROGRAM, file, out], {
      cwd: folder,
      env: { ...env },
      stdio: "ignore",
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    const result = resultIn(out);
    if (result === null) {
      const code = (ended.error as NodeJS.ErrnoException | undefined)?.code;
      const how =
        code === "ETIMEDOUT"
          ? `took longer than ${TIMEOUT_MS} ms`
          : `ended with ${ended.signal ?? `exit code ${ended.status}`} and gave nothing`;
      throw malformed(shown, null, `evaluating it ${how}`);
    }
    if (result.error !== undefined) {
      const line = lineIn(result.stack ?? "", file);
      throw malformed(shown, line, `evaluating it failed: ${result.error.split("\n")[0]}`);
    }
    return { value: result.value, read: result.read ?? {} };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function resultIn(out: string): Result | null {
  try {
    return JSON.parse(readFileSync(out, "utf8")) as Result;
  } catch {
    // It ended before it wrote one; the caller says how.
    return null;
  }
}

/** Node puts `file:line` before the stack of a syntax error, and into the frames of others. */
function lineIn(stack: string, file: string): number | null {
  const at = stack.indexOf(`${file}:`);
  const line = at < 0 ? undefined : /^\d+/.exec(stack.slice(at + file.length + 1))?.[0];
  return line === undefined ? null : Number(line);
}
