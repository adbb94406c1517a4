import { availableParallelism } from "node:os";

const classicSizes: Record<string, number> = { extrasmall: 1, small: 1, medium: 2, large: 4, extralarge: 8 };

/** How many cores a VM size counts for in quotas and usage: the number in its name, or this machine's. */
export function coresOf(vmSize: string): number {
  const named = /^(?:standard|basic)_[a-z]+(\d+)/i.exec(vmSize)?.[1];
  if (named !== undefined) return Number(named);
  return classicSizes[vmSize.toLowerCase()] ?? availableParallelism();
}
