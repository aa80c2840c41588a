// ai-config.ts: who finds the words, within which limits, and whether anything may leave the machine.

export const EXPERTISES = ["expert", "intermediate", "beginner"] as const;
export type Expertise = (typeof EXPERTISES)[number];
export const PROVIDERS = ["templates", "openai-compatible"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export type Endpoint = {
  /** Up to, not including, `/chat/completions`: `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  /** `env:NAME` or `file:PATH`; `null`: the server asks for none. Never logged. */
  readonly apiKey: string | null;
  /** The user agrees that state and durations are sent to a server that is not this machine. */
  readonly consent: boolean;
  readonly timeoutMs: number;
  readonly tokensMax: number;
  readonly temperature: number;
  readonly requestsPerDayMax: number;
  readonly tokensPerDayMax: number;
};

export type AiConfig = {
  readonly provider: ProviderName;
  readonly endpoint: Endpoint | null;
  /** How the filter takes the reader: an expert is spared the most. */
  readonly expertise: Expertise;
  readonly charactersMax: number;
  /** No template comes again within so many messages. */
  readonly repeatAfter: number;
};

export const AI_DEFAULTS: AiConfig = {
  provider: "templates",
  endpoint: null,
  expertise: "expert",
  charactersMax: 150,
  repeatAfter: 12,
};

const ENDPOINT_DEFAULTS: Omit<Endpoint, "baseUrl" | "model"> = {
  apiKey: null,
  consent: false,
  timeoutMs: 5000,
  tokensMax: 150,
  temperature: 0.7,
  requestsPerDayMax: 100,
  tokensPerDayMax: 50_000,
};

type Given = Readonly<Record<string, unknown>>;
type Check = { readonly holds: (value: unknown) => boolean; readonly says: string };

const between = (low: number, high: number, whole = true): Check => ({
  holds: (value) =>
    typeof value === "number" &&
    value >= low &&
    value <= high &&
    (!whole || Number.isInteger(value)),
  says: `a ${whole ? "whole " : ""}number from ${low} to ${high}`,
});
const oneOf = (list: readonly string[]): Check => ({
  holds: (value) => typeof value === "string" && list.includes(value),
  says: `one of ${list.join(", ")}`,
});
const flag: Check = { holds: (value) => typeof value === "boolean", says: "true or false" };
const word: Check = {
  holds: (value) => typeof value === "string" && value.length > 0 && value.length <= 512,
  says: "a text",
};

const CHECKS: Record<keyof AiConfig, Check> = {
  provider: oneOf(PROVIDERS),
  endpoint: { holds: (value) => value === null || isObject(value), says: "an object" },
  expertise: oneOf(EXPERTISES),
  charactersMax: between(40, 200),
  repeatAfter: between(0, 1000),
};
const ENDPOINT_CHECKS: Record<keyof Endpoint, Check> = {
  baseUrl: { holds: isHttpUrl, says: "an http or https address without a user or a query" },
  model: word,
  apiKey: { holds: (value) => value === null || word.holds(value), says: "env:NAME or file:PATH" },
  consent: flag,
  timeoutMs: between(100, 60_000),
  tokensMax: between(1, 4096),
  temperature: between(0, 2, false),
  requestsPerDayMax: between(0, 100_000),
  tokensPerDayMax: between(0, 100_000_000),
};

/** Checks what was configured; throws one sentence that names every problem. */
export function aiConfig(given: Given): AiConfig {
  const endpoint = isObject(given["endpoint"]) ? given["endpoint"] : null;
  const problems = [
    ...problemsOf(given, CHECKS, ""),
    ...(endpoint === null ? [] : problemsOf(endpoint, ENDPOINT_CHECKS, "endpoint.")),
    ...endpointProblems(given, endpoint),
  ];
  if (problems.length > 0) throw new Error(problems.join("; "));
  return {
    ...AI_DEFAULTS,
    ...given,
    endpoint: endpoint === null ? null : ({ ...ENDPOINT_DEFAULTS, ...endpoint } as Endpoint),
  };
}

function endpointProblems(given: Given, endpoint: Given | null): string[] {
  if (given["provider"] !== "openai-compatible") return [];
  if (endpoint === null) {
    return ["'provider: openai-compatible' needs 'endpoint' with 'baseUrl' and 'model'"];
  }
  const missing = ["baseUrl", "model"]
    .filter((key) => endpoint[key] === undefined)
    .map((key) => `'endpoint.${key}' is missing`);
  const { baseUrl, consent } = endpoint;
  const leaves = isHttpUrl(baseUrl) && !isLoopback(baseUrl);
  if (leaves && consent !== true) {
    missing.push(
      `'endpoint.baseUrl' is not this machine: set 'endpoint.consent' to true if states and ` +
        `durations may be sent to ${new URL(baseUrl).host}`,
    );
  }
  return missing;
}

/** True for 127.x.x.x, ::1 and localhost: nothing sent there leaves the machine. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function problemsOf(given: Given, checks: Readonly<Record<string, Check>>, at: string): string[] {
  return Object.entries(given).flatMap(([key, value]) => {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) {
      return [`'${at}${key}' is not a setting (known: ${Object.keys(checks).join(", ")})`];
    }
    return check.holds(value) ? [] : [`'${at}${key}' must be ${check.says}`];
  });
}

function isHttpUrl(value: unknown): value is string {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, username, password, search } = new URL(value);
  return /^https?:$/.test(protocol) && `${username}${password}${search}` === "";
}

function isObject(value: unknown): value is Given {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
