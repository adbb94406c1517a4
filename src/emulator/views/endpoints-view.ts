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
  const ssh = endpoint("SSHRule", "tcp", firstSshPort, sshPort);
  return { inboundEndpoints: [...natPools(networkConfiguration).map(natEndpoint), ssh] };
}

function natPools(network: JsonObject | undefined): JsonObject[] {
  const { endpointConfiguration } = network ?? {};
  const pools = isJsonObject(endpointConfiguration) ? endpointConfiguration.inboundNATPools : undefined;
  return Array.isArray(pools) ? pools.filter(isJsonObject) : [];
}

function natEndpoint({ name, protocol, frontendPortRangeStart, backendPort }: JsonObject): JsonObject {
  return endpoint(String(name), protocol, frontendPortRangeStart, backendPort);
}

function endpoint(
  name: string,
  protocol: Json | undefined,
  frontendPort: Json | undefined,
  backendPort: Json | undefined,
): JsonObject {
  const address = { publicIPAddress: "127.0.0.1", publicFQDN: "localhost" };
  return { name: `${name}.0`, protocol, ...address, frontendPort, backendPort };
}
