// problem.ts: what went wrong, as problem+json (RFC 9457) and with the status it deserves.
import type { ApiProblem } from "@skelly-jelly/contract";

export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly problem: ApiProblem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    title: string,
    more: {
      readonly detail?: string;
      readonly code?: string;
      readonly problems?: readonly unknown[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(title);
    const { headers = {}, ...known } = more;
    this.headers = headers;
    this.problem = { type: "about:blank", title, status, ...known };
  }
}

/** The orchestrator's own codes; what is not here is its fault and not the client's. */
const STATUS: Readonly<Record<string, number>> = {
  NO_SUCH_MODULE: 404,
  NO_SUCH_PATH: 404,
  INVALID_CONFIG: 422,
  CONFIG_INVALID: 422,
  CONFIG_REFUSED: 409,
  CONFIG_ROLLED_BACK: 409,
  CONFIG_OUTDATED: 412,
  NOT_RUNNING: 503,
  CONNECTION_CLOSED: 503,
  STARTING: 503,
  NO_ANSWER: 504,
  TOO_MANY_REQUESTS: 429,
};

/** An error of the control connection (it has a `code`), or anything else that was thrown. */
export function asProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const { code, message, problems } = error as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly problems?: readonly unknown[];
  };
  if (typeof code !== "string" || !/^[A-Z_]+$/.test(code) || code.startsWith("ERR_")) {
    return new HttpProblem(500, "The gateway failed at this; its log says how.");
  }
  // A module that could not do what was asked is news about the module, not about the server.
  const status = code === "INTERNAL" || code === "UNKNOWN_VERB" ? 502 : (STATUS[code] ?? 409);
  return new HttpProblem(status, titleOf(status), {
    code,
    detail: String(message),
    ...(Array.isArray(problems) && problems.length > 0 && { problems }),
  });
}

function titleOf(status: number): string {
  if (status === 503) return "The orchestrator cannot be reached now.";
  if (status === 504) return "The orchestrator did not answer in time.";
  if (status === 404) return "There is no such thing.";
  return "The orchestrator refused.";
}
