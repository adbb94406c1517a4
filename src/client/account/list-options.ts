import type { CallOptions } from "../../azure/ports.js";

/**
 * What of a list is wanted.
 *
 * @see https://learn.microsoft.com/azure/batch/batch-efficient-list-queries
 */
export interface ListOptions<T, K extends keyof T = keyof T> extends CallOptions {
  /** Which entries, in OData: `"state eq 'active' and startswith(id,'night')"`. Default: all. */
  readonly filter?: string;
  /** Which properties of each: the fewer, the faster. Default: all. */
  readonly select?: readonly K[];
}

/** The part of {@link ListOptions} that goes to the service. */
export function queryOf({
  filter,
  select,
}: {
  readonly filter?: string;
  readonly select?: readonly PropertyKey[];
}): { filter?: string; select?: readonly string[] } {
  return {
    ...(filter !== undefined && { filter }),
    ...(select !== undefined && { select: select.map(String) }),
  };
}
