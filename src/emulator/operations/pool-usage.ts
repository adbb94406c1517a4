import { invalidQuery } from "../http/errors.js";
import { listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import type { Service } from "../service.js";
import type { NodeUse } from "../state/account.js";
import { OrderedIndex } from "../state/ordered-index.js";
import { isoTime, type Micros, parseTime } from "../wire/time.js";
import { coreSeconds } from "./usage.js";

interface PoolUsage {
  poolId: string;
  vmSize: string;
  from: Micros;
  to: Micros;
  coreHours: number;
}

const halfHour = 30 * 60 * 1_000_000;

/** What pools used in each half hour that is over. */
const listUsage: Operation = {
  name: "Pool_ListUsageMetrics",
  method: "GET",
  path: "/poolusagemetrics",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const usages = new OrderedIndex<PoolUsage>();
    for (const usage of usageOf(service, request))
      usages.set(`${isoTime(usage.from)} ${usage.poolId}`, usage);
    return listPage(request, usages, {
      metadata: "poolusagemetrics",
      view: ({ poolId, from, to, vmSize, coreHours }) => ({
        poolId,
        startTime: isoTime(from),
        endTime: isoTime(to),
        vmSize,
        totalCoreHours: coreHours,
      }),
      filterable: filterable.poolUsageMetrics,
      selectable: false,
    });
  },
};

function usageOf(service: Service, request: BatchRequest): PoolUsage[] {
  const now = service.clock.now();
  const lastWhole = Math.floor(now / halfHour) * halfHour;
  // Before the account there was nothing to use: a client may ask from the year 1 on.
  const { created } = service.account;
  const from = Math.max(timeParameter(request, "startTime") ?? created, created);
  const to = Math.min(timeParameter(request, "endTime") ?? lastWhole, lastWhole);
  const usages: PoolUsage[] = [];
  for (const uses of usesByPool(service.account.nodeUses)) {
    const { poolId, vmSize } = uses[0]!;
    for (let start = Math.floor(from / halfHour) * halfHour; start + halfHour <= to; start += halfHour) {
      const coreHours = coreSeconds(uses, start, start + halfHour) / 3600;
      if (coreHours > 0) usages.push({ poolId, vmSize, from: start, to: start + halfHour, coreHours });
    }
  }
  return usages;
}

function usesByPool(uses: readonly NodeUse[]): NodeUse[][] {
  const byPool = new Map<string, NodeUse[]>();
  for (const use of uses) {
    const key = `${use.poolId} ${use.vmSize}`;
    byPool.set(key, [...(byPool.get(key) ?? []), use]);
  }
  return [...byPool.values()];
}

function timeParameter(request: BatchRequest, name: string): Micros | undefined {
  const text = request.query.get(name.toLowerCase());
  if (text === undefined || text === "") return undefined;
  const time = parseTime(text);
  if (time === undefined) throw invalidQuery(name, text, "The value is not a date-time");
  return time;
}

export const poolUsageOperations: readonly Operation[] = [listUsage];
