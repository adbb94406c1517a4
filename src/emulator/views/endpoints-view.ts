import type { NodeRecord } from "../state/node.js";
import { isJsonObject, type Json, type JsonObject } from "../wire/json.js";

const firstSshPort = 50000;
const sshPort = 22;
const rdpPort = 3389;

/** Where a node could be reached: what its pool asks for, and the login that every node has. Nothing listens there. */
export function endpointsView(node: NodeRecord): JsonObject {
  const { cloudServiceConfiguration, networkConfiguration } = node.pool.spec;
  if (cloudServiceConfiguration !== undefined) {
    const name = "Microsoft.WindowsAzure.Plugins.RemoteForwarder.RdpInput";
    const rdp = {
      name,
      protocol: "tcp",
      publicIPAddress: "127.0.0.1",
      frontendPort: rdpPort,
      backendPort: 20000,
    };
    return { inboundEndpoints: [rdp] };
  }
  const { endpointConfiguration } = networkConfiguration ?? {};
  return {
    inboundEndpoints: [
      ...natPools(endpointConfiguration).map((pool) => natEndpoint(pool, node)),
      sshEndpoint(node),
    ],
  };
}

/** Where people would log in to a node. */
export function sshEndpoint({ ordinal }: NodeRecord): Endpoint {
  return endpoint(`SSHRule.${ordinal}`, "tcp", firstSshPort + ordinal, sshPort);
}

function natPools(configuration: Json | undefined): JsonObject[] {
  const pools = isJsonObject(configuration) ? configuration.inboundNATPools : undefined;
  return Array.isArray(pools) ? pools.filter(isJsonObject) : [];
}

/** Each node has a port of its own in the range of the pool. */
function natEndpoint(pool: JsonObject, { ordinal }: NodeRecord): Endpoint {
  const port = Number(pool.frontendPortRangeStart) + ordinal;
  return endpoint(`${String(pool.name)}.${ordinal}`, String(pool.protocol), port, Number(pool.backendPort));
}

type Endpoint = {
  name: string;
  protocol: string;
  publicIPAddress: string;
  publicFQDN: string;
  frontendPort: number;
  backendPort: number;
};

function endpoint(name: string, protocol: string, frontendPort: number, backendPort: number): Endpoint {
  const address = { publicIPAddress: "127.0.0.1", publicFQDN: "localhost" };
  return { name, protocol, ...address, frontendPort, backendPort };
}
