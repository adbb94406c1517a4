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

const minute = 60 * 1_000_000;
const halfHour = 30 * minute;

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
      usages.set(`${isoTime(usage.from)} ${usage.poolId} ${usage.vmSize}`, usage);
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

/** Without a time that is asked for, the last half hour in which there was any usage. */
function usageOf(service: Service, request: BatchRequest): PoolUsage[] {
  const now = service.clock.now();
  const from = timeParameter(request, "startTime", now - 150 * minute);
  const to = timeParameter(request, "endTime", now - 120 * minute);
  const { created, nodeUses } = service.account;
  const lastWhole = Math.floor(now / halfHour) * halfHour;
  const last = from === undefined && to === undefined ? lastUse(nodeUses, lastWhole) : undefined;
  return usageBetween(
    nodeUses,
    last ?? Math.max(from ?? created, created),
    Math.min(to ?? lastWhole, lastWhole),
  );
}

/** The start of the last half hour that is over and saw a node. */
function lastUse(uses: readonly NodeUse[], lastWhole: Micros): Micros | undefined {
  const ends = uses
    .filter((use) => use.from < lastWhole)
    .map((use) => Math.min(use.to ?? lastWhole, lastWhole));
  if (ends.length === 0) return undefined;
  return (Math.ceil(Math.max(...ends) / halfHour) - 1) * halfHour;
}

function usageBetween(nodeUses: readonly NodeUse[], from: Micros, to: Micros): PoolUsage[] {
  const usages: PoolUsage[] = [];
  for (const uses of usesByPool(nodeUses)) {
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

function timeParameter(
  request: BatchRequest,
  name: "startTime" | "endTime",
  latest: Micros,
): Micros | undefined {
  const text = request.query.get(name.toLowerCase());
  if (text === undefined || text === "") return undefined;
  const time = parseTime(text);
  if (time === undefined) throw invalidQuery(name.toLowerCase(), text, "The value is not a date-time");
  if (time > latest) {
    throw invalidQuery(name.toLowerCase(), text, `The value cannot be later than ${isoTime(latest)}`);
  }
  return time;
}

export const poolUsageOperations: readonly Operation[] = [listUsage];
