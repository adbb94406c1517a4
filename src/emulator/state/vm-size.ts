import { availableParallelism } from "node:os";

// The sizes whose names number them, instead of telling their cores.
const numbered: readonly [name: RegExp, cores: Readonly<Record<string, number>>][] = [
  [
    /^(?:standard|basic)_a(\d+)$/,
    { 0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 2, 6: 4, 7: 8, 8: 8, 9: 16, 10: 8, 11: 16 },
  ],
  [/^standard_ds?(\d+)$/, { 1: 1, 2: 2, 3: 4, 4: 8, 11: 2, 12: 4, 13: 8, 14: 16 }],
  [/^standard_ds?(\d+)_v2$/, { 1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20 }],
  [/^standard_gs?(\d+)$/, { 1: 2, 2: 4, 3: 8, 4: 16, 5: 32 }],
];
const classicSizes: Readonly<Record<string, number>> = {
  extrasmall: 1,
  small: 1,
  medium: 2,
  large: 4,
  extralarge: 8,
};

/** How many cores a VM size has, as its name tells it; `undefined` for a name that tells nothing. */
export function knownCoresOf(vmSize: string): number | undefined {
  const size = vmSize.toLowerCase();
  for (const [name, cores] of numbered) {
    const number = name.exec(size)?.[1];
    if (number !== undefined) return cores[number];
  }
  // Of a constrained size, like `standard_e16-4s_v5`, the second number counts.
  const [, number, constrained] = /^(?:standard|basic)_[a-z]+(\d+)[a-z]*(?:-(\d+))?/.exec(size) ?? [];
  return number === undefined ? classicSizes[size] : Number(constrained ?? number);
}

/** How many cores a VM size counts for in quotas and usage: those its name tells, or this machine's. */
export function coresOf(vmSize: string): number {
  return knownCoresOf(vmSize) ?? availableParallelism();
}
