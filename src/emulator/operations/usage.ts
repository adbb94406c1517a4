import type { NodeUse } from "../state/account.js";
import { coresOf } from "../state/vm-size.js";
import type { Micros } from "../wire/time.js";

/** The core-seconds of nodes between two times. */
export function coreSeconds(uses: readonly NodeUse[], from: Micros, to: Micros): number {
  let seconds = 0;
  for (const use of uses) {
    const overlap = Math.min(use.to ?? to, to) - Math.max(use.from, from);
    if (overlap > 0) seconds += (overlap / 1_000_000) * coresOf(use.vmSize);
  }
  return seconds;
}
