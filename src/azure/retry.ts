/** How often, and how far apart, a request is repeated. */
export interface RetryPolicy {
  /** Including the first one. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled before each further one. */
  readonly firstDelay: number;
  /** Milliseconds that are not exceeded by doubling. */
  readonly longestDelay: number;
}

/** About a minute in all, before what a service asks for by `Retry-After`. */
export const usualRetries: RetryPolicy = { attempts: 8, firstDelay: 500, longestDelay: 30_000 };

/** A service that asks for more time than this, in milliseconds, is not waited for. */
export const LONGEST_RETRY_AFTER = 300_000;

/** How long to wait after the failed attempt `attempt` (from 1), scattered so that many clients do not come back at once. */
export function delayAfter(attempt: number, policy: RetryPolicy, retryAfter = 0): number {
  const doubled = Math.min(policy.firstDelay * 2 ** (attempt - 1), policy.longestDelay);
  return retryAfter > 0
    ? retryAfter + Math.random() * Math.min(doubled, retryAfter)
    : doubled * (0.5 + Math.random() / 2);
}

/**
 * What `Retry-After` asks for, in milliseconds: seconds, or a date. A date is compared with the answer's own, never with
 * this computer's clock.
 */
export function retryAfterOf(headers: { get(name: string): string | undefined }): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined || value === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  const answered = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(until) || Number.isNaN(answered) ? undefined : Math.max(0, until - answered);
}
