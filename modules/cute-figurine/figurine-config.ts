// figurine-config.ts: what may be set: the port, and how long a message waits for somebody to see it.

export type FigurineConfig = {
  /** Loopback port of the page; 0: any free one. */
  readonly port: number;
  /** How long a message is kept for a page that is not open yet. */
  readonly unseenMaxMs: number;
};

export const FIGURINE_DEFAULTS: FigurineConfig = { port: 4777, unseenMaxMs: 5 * 60_000 };

/** Checks what was configured; throws one sentence that names every problem. */
export function figurineConfig(given: Readonly<Record<string, unknown>>): FigurineConfig {
  const problems: string[] = [];
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(FIGURINE_DEFAULTS, key)) {
      problems.push(
        `'${key}' is not a setting (known: ${Object.keys(FIGURINE_DEFAULTS).join(", ")})`,
      );
    }
  }
  const integer = (key: keyof FigurineConfig, max: number): number => {
    const value = given[key] ?? FIGURINE_DEFAULTS[key];
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max) {
      return value as number;
    }
    problems.push(`'${key}' must be a whole number from 0 to ${max}`);
    return FIGURINE_DEFAULTS[key];
  };
  const config = { port: integer("port", 65_535), unseenMaxMs: integer("unseenMaxMs", 3_600_000) };
  if (problems.length > 0) throw new Error(problems.join("; "));
  return config;
}
