import type {
  InboundNATPool,
  NetworkConfiguration,
  NetworkSecurityGroupRule,
} from "../../azure/parameters/index.js";
import { checkResourceId } from "../azure-resource.js";
import { checkDistinct, checkEach, checkKeys, checkOneOf } from "../checks.js";
import { type Problem, show } from "../problems.js";
import { inboundNatPool, ranges } from "./endpoints.js";

/** The network of a pool. */
export type NetworkOptions = {
  /**
   * The Azure resource id of the subnet that nodes join. The account then has to be used with Microsoft Entra ID: the
   * service refuses a subnet to callers with a key.
   */
  readonly subnetId?: string;
  /** Whether each job of the pool may bring its own network. Default: `"none"`. */
  readonly dynamicVNetAssignmentScope?: "none" | "job";
} & (
  | {
      /**
       * The addresses by which nodes reach the internet: `"batchmanaged"` (the default), or the Azure resource ids of
       * one's own, one for each 100 nodes.
       */
      readonly publicIPAddresses?: "batchmanaged" | readonly [string, ...string[]];
      /** Ports of the nodes that can be reached from outside, up to 5. */
      readonly endpoints?: readonly EndpointOptions[];
    }
  | {
      /** None: nodes reach the internet by the subnet's own means, and cannot be reached from it. */
      readonly publicIPAddresses: "nopublicipaddresses";
      readonly endpoints?: never;
    }
);

/** A port that all nodes of a pool have, each reached by a port of its own from outside. */
export interface EndpointOptions {
  /** Its name, unlike those of the pool's others: up to 77 letters, digits, underscores, periods and hyphens. */
  readonly name: string;
  /** The protocol. */
  readonly protocol: "tcp" | "udp";
  /** The port on each node; 22, 3389, 29876 and 29877 are Batch's. */
  readonly backendPort: number;
  /** The first and the last of at least 40 ports outside: from 1 to 65534, but 50000 to 55000, which are Batch's. */
  readonly frontendPortRange: readonly [number, number];
  /** Who may reach it, up to 25 in a pool. Default: everybody. */
  readonly networkSecurityGroupRules?: readonly NetworkSecurityGroupRule[];
}

const KEYS = ["subnetId", "dynamicVNetAssignmentScope", "publicIPAddresses", "endpoints"];
const SUBNET = {
  provider: "Microsoft.Network/virtualNetworks/*/subnets/*",
  example: "Microsoft.Network/virtualNetworks/network/subnets/subnet",
};
const ADDRESS = {
  provider: "Microsoft.Network/publicIPAddresses/*",
  example: "Microsoft.Network/publicIPAddresses/name",
};
const MOST_ENDPOINTS = 5;
const MOST_RULES = 25;

export function networkConfiguration(options: NetworkOptions, problems: Problem[]): NetworkConfiguration {
  const at = "pool.network";
  checkKeys(options, KEYS, at, problems);
  const { subnetId, dynamicVNetAssignmentScope: scope, publicIPAddresses, endpoints } = options ?? {};
  if (publicIPAddresses === "nopublicipaddresses" && endpoints !== undefined) {
    problems.push({ option: `${at}.endpoints`, says: "needs public IP addresses, and the pool has none" });
  }
  return {
    ...(subnetId !== undefined && {
      subnetId: checkResourceId(subnetId, SUBNET, `${at}.subnetId`, problems),
    }),
    ...(scope !== undefined && {
      dynamicVNetAssignmentScope: checkOneOf(
        scope,
        ["none", "job"] as const,
        `${at}.dynamicVNetAssignmentScope`,
        problems,
      ),
    }),
    ...(endpoints !== undefined && { endpointConfiguration: endpointConfiguration(endpoints, problems) }),
    ...(publicIPAddresses !== undefined && {
      publicIPAddressConfiguration: publicAddresses(publicIPAddresses, problems),
    }),
  };
}

function publicAddresses(
  addresses: string | readonly string[],
  problems: Problem[],
): NonNullable<NetworkConfiguration["publicIPAddressConfiguration"]> {
  const option = "pool.network.publicIPAddresses";
  if (typeof addresses === "string") {
    const known = ["batchmanaged", "nopublicipaddresses"] as const;
    return { provision: checkOneOf(addresses as (typeof known)[number], known, option, problems) };
  }
  if (Array.isArray(addresses) && addresses.length === 0) problems.push({ option, says: "is an empty list" });
  const ipAddressIds = checkEach(addresses, option, problems, (id, at) =>
    checkResourceId(id, ADDRESS, at, problems),
  );
  return { provision: "usermanaged", ipAddressIds };
}

function endpointConfiguration(
  endpoints: readonly EndpointOptions[],
  problems: Problem[],
): NonNullable<NetworkConfiguration["endpointConfiguration"]> {
  const option = "pool.network.endpoints";
  const made = checkEach(endpoints, option, problems, (endpoint, at) =>
    inboundNatPool(endpoint, at, problems),
  );
  if (made.length > MOST_ENDPOINTS) {
    problems.push({
      option,
      says: `has ${made.length} endpoints, and Batch takes ${MOST_ENDPOINTS} for a pool`,
    });
  }
  const within = (property: "name" | "backendPort") =>
    made.map((endpoint, index) => [`${option}[${index}].${property}`, endpoint[property]] as const);
  checkDistinct(within("name"), problems);
  checkDistinct(within("backendPort"), problems);
  checkOverlaps(made, option, problems);
  checkRules(made, option, problems);
  return { inboundNATPools: made };
}

function checkOverlaps(endpoints: readonly InboundNATPool[], option: string, problems: Problem[]): void {
  for (const [index, endpoint] of endpoints.entries()) {
    const other = endpoints
      .slice(0, index)
      .findIndex((before) => ranges.overlap(range(endpoint), range(before)));
    if (other === -1) continue;
    const says = `is ${range(endpoint).join("-")}, and overlaps that of ${option}[${other}]`;
    problems.push({ option: `${option}[${index}].frontendPortRange`, says });
  }
}

function range({ frontendPortRangeStart, frontendPortRangeEnd }: InboundNATPool): readonly [number, number] {
  return [frontendPortRangeStart, frontendPortRangeEnd];
}

function checkRules(endpoints: readonly InboundNATPool[], option: string, problems: Problem[]): void {
  const priorities = endpoints.flatMap(({ networkSecurityGroupRules = [] }, index) =>
    networkSecurityGroupRules.map(
      ({ priority }, place) =>
        [`${option}[${index}].networkSecurityGroupRules[${place}].priority`, priority] as const,
    ),
  );
  checkDistinct(priorities, problems);
  if (priorities.length > MOST_RULES) {
    const says = `have ${show(priorities.length)} rules together, and Batch takes ${MOST_RULES} for a pool`;
    problems.push({ option, says });
  }
}
