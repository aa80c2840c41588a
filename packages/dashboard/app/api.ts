// api.ts: asks the gateway, with the token that came in the address.
import type { ApiProblem } from "@skelly-jelly/contract";

const KEY = "skelly-token";

/** The part behind # never leaves the browser; it is taken out of sight, and kept for this tab. */
export function takeToken(): void {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (given === undefined) return;
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", "#/");
}

export function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

export class AskError extends Error {
  readonly status: number;
  readonly problem: ApiProblem | null;

  constructor(status: number, problem: ApiProblem | null) {
    super(problem?.detail ?? problem?.title ?? `The gateway answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

export async function ask<T>(
  path: string,
  more: { readonly method?: string; readonly body?: unknown; readonly ifMatch?: string } = {},
): Promise<T> {
  const { method = "GET", body, ifMatch } = more;
  const response = await fetch(path, {
    method,
    headers: {
      ...authorization(),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(ifMatch !== undefined && { "if-match": ifMatch }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json().catch(() => null)) as unknown;
  if (!response.ok) throw new AskError(response.status, answer as ApiProblem | null);
  return answer as T;
}

export const modulePath = (id: string): string => `/v1/modules/${encodeURIComponent(id)}`;

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
