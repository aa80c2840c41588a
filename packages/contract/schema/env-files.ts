// env-files.ts: the envFiles of a module, kept as references: the values are read when it starts.
import { basename, dirname, resolve } from "node:path";
import { parseDotenv } from "./dotenv.ts";
import type { MachineChecks } from "./machine-checks.ts";
import { didYouMean } from "./nearest.ts";
import type { Finding } from "./problem.ts";
import { envFileReference } from "./secrets.ts";
import type { ModuleConfig } from "./system-config.ts";

type EnvFiles = {
  readonly id: string;
  readonly module: ModuleConfig;
  readonly directory: string;
  readonly machine: MachineChecks | null;
  readonly report: (finding: Finding) => void;
};

/** The keys of a module's envFiles, each as a reference to be read when the module starts. */
export function readEnvFiles(files: EnvFiles): Readonly<Record<string, string>> {
  const { id, module, directory, machine, report } = files;
  const { envFile = [] } = module;
  const written = typeof envFile === "string" ? [envFile] : envFile;
  const env = new Map<string, string>();
  written.forEach((name, index) => {
    const path = ["modules", id, "envFile", ...(typeof envFile === "string" ? [] : [index])];
    const file = resolve(directory, name);
    const content = machine?.readText(file) ?? null;
    if (content === null) {
      if (machine === null) return;
      const near = didYouMean(basename(file), machine.names(dirname(file)));
      const message = `the envFile '${file}' cannot be read`;
      report({
        code: "missing-file",
        path,
        message,
        suggestion: near ?? "create it, or remove it here",
      });
      return;
    }
    const { entries, problems } = parseDotenv(content);
    for (const [key] of entries) env.set(key, envFileReference(file, key));
    for (const { line, message } of problems) {
      report({ code: "bad-env-file", path, message: `line ${line} of '${file}' ${message}` });
    }
  });
  return Object.fromEntries(env);
}
