import { isIP } from "node:net";
import { isJsonObject } from "../wire/json.js";
import { type Body, type Condition, present, repeated, type ValueRule } from "./condition.js";
import { invalid, type Problem } from "./problem.js";

const largestPort = 65_535;
const fewestFrontendPorts = 40;
const mostRulesInPool = 25;

/** Ports on the nodes that the service keeps for itself. Newer versions let a pool have SSH and RDP for itself. */
const reservedBackendPorts = { older: [22, 3389, 29876, 29877], newer: [29876, 29877] };
const lastVersionWithReservedLogins = 16;

export const natPool: Condition = (body, at, version) => {
  const problems: Problem[] = [];
  const { backendPort, frontendPortRangeStart: start, frontendPortRangeEnd: end } = body;
  const reserved =
    version > lastVersionWithReservedLogins ? reservedBackendPorts.newer : reservedBackendPorts.older;
  if (typeof backendPort === "number" && reserved.includes(backendPort)) {
    problems.push(invalid(at("backendPort"), backendPort, `The ports ${reserved.join(", ")} are reserved`));
  }
  if (typeof start !== "number" || typeof end !== "number") return problems;
  if (end - start + 1 < fewestFrontendPorts) {
    const reason = `A range has at least ${fewestFrontendPorts} ports`;
    problems.push(invalid(at("frontendPortRangeEnd"), end, reason));
  }
  if (start <= 55_000 && end >= 50_000) {
    const reason = "The ports from 50000 to 55000 are reserved";
    problems.push(invalid(at("frontendPortRangeStart"), start, reason));
  }
  return problems;
};

/** What the NAT pools of one pool demand of each other. */
export const endpointConfiguration: Condition = (body, at) => {
  const pools = objectsOf(body.inboundNATPools).map(([pool, index]) => ({
    pool,
    at: (property: string) => `${at("inboundNATPools")}[${index}].${property}`,
  }));
  const rules = pools.flatMap((one) =>
    objectsOf(one.pool.networkSecurityGroupRules).map(
      ([rule, index]) =>
        [`${one.at("networkSecurityGroupRules")}[${index}].priority`, rule.priority] as const,
    ),
  );
  const valuesOf = (property: string) => pools.map((one) => [one.at(property), one.pool[property]] as const);
  return [
    ...repeated(valuesOf("name"), "The name of an endpoint has to be unique within a pool"),
    ...repeated(valuesOf("backendPort"), "A backend port has to be unique within a pool"),
    ...overlaps(pools),
    ...repeated(rules, "A priority has to be unique within a pool"),
    ...(rules.length > mostRulesInPool
      ? [
          invalid(
            pools.at(-1)!.at("networkSecurityGroupRules"),
            rules.length,
            `A pool cannot have more than ${mostRulesInPool} rules`,
          ),
        ]
      : []),
  ];
};

function overlaps(pools: readonly { pool: Body; at: (property: string) => string }[]): Problem[] {
  const problems: Problem[] = [];
  for (const [index, one] of pools.entries()) {
    const start = Number(one.pool.frontendPortRangeStart);
    const end = Number(one.pool.frontendPortRangeEnd);
    const overlaps = pools
      .slice(0, index)
      .some(
        ({ pool }) =>
          start <= Number(pool.frontendPortRangeEnd) && end >= Number(pool.frontendPortRangeStart),
      );
    if (overlaps)
      problems.push(invalid(one.at("frontendPortRangeStart"), start, "The ranges of a pool cannot overlap"));
  }
  return problems;
}

export const network: Condition = (body, at) => {
  const { publicIPAddressConfiguration: addresses, endpointConfiguration } = body;
  const provision = isJsonObject(addresses) ? String(addresses.provision).toLowerCase() : undefined;
  if (provision !== "nopublicipaddresses" || !present(body, "endpointConfiguration")) return [];
  const reason = "Endpoints cannot be specified for a pool without public IP addresses";
  return [invalid(at("endpointConfiguration"), endpointConfiguration, reason)];
};

/** What stands in a network configuration only where the pool has a virtual machine configuration. */
export const networkOfMachines = ["endpointConfiguration", "publicIPAddressConfiguration"] as const;

export const endpointName: ValueRule = (value) =>
  /^[A-Za-z0-9](?:[\w.-]{0,75}\w)?$/.test(String(value))
    ? undefined
    : "A name has 1 to 77 letters, digits, underscores, periods and hyphens, starts with a letter or digit and ends " +
      "with a letter, digit or underscore";

export const sourceAddressPrefix: ValueRule = (value) => {
  const text = String(value);
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  const isSubnet =
    bits === undefined ||
    (more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  const isTag = /^[A-Za-z][\w.]*$/.test(text);
  return text === "*" || isTag || (family !== 0 && isSubnet)
    ? undefined
    : "The value has to be an IP address, a subnet, a default tag or *";
};

export const sourcePortRanges: ValueRule = (value) => {
  if (!Array.isArray(value)) return undefined;
  const ranges: [start: number, end: number][] = [];
  for (const text of value.map(String)) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text === "*" ? "0-65535" : text) ?? [];
    const [start, end] = [Number(first), Number(last)];
    if (first === undefined || end > largestPort || start > end)
      return "A range is *, a port, or two ports with a hyphen between them, from 0 to 65535";
    if (ranges.some((other) => start <= other[1] && end >= other[0])) return "The ranges cannot overlap";
    ranges.push([start, end]);
  }
  return undefined;
};

function objectsOf(list: unknown): [object: Body, index: number][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((one, index): [Body, number][] => (isJsonObject(one) ? [[one, index]] : []));
}
