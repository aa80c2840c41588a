// config-check.ts: a module's configuration against its own schema.
import type { JsonObject } from "@skelly-jelly/contract";
import type { ConfigSchema } from "../define-module.ts";
import { messageOf } from "./module-log.ts";

export type CheckedConfig<Config> =
  | { readonly ok: true; readonly value: Config }
  /** Names each wrong field and its rule. */
  | { readonly ok: false; readonly message: string };

/** Never rejects. Without a schema, every configuration is right. */
export async function checkConfig<Config>(
  schema: ConfigSchema<Config> | undefined,
  config: JsonObject,
): Promise<CheckedConfig<Config>> {
  if (schema === undefined) return { ok: true, value: config as Config };
  try {
    // Some schema libraries make their schemas callable, so the standard's own door is looked for first.
    if (!("~standard" in schema)) return { ok: true, value: await schema(config) };
    return readResult(await schema["~standard"].validate(config));
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

function readResult<Config>(result: unknown): CheckedConfig<Config> {
  const { issues, value } = result as { issues?: readonly Issue[]; value?: Config };
  if (issues === undefined) return { ok: true, value: value as Config };
  return { ok: false, message: issues.map(sayIssue).join("; ") };
}

function sayIssue({ message, path = [] }: Issue): string {
  const names = path.map((step) => String(typeof step === "object" ? step.key : step));
  return names.length === 0 ? message : `${names.join(".")}: ${message}`;
}
