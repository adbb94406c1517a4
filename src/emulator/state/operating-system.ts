import type { JsonObject } from "../wire/json.js";

/** Whether a virtual machine configuration is one of Windows: the node agent is named by the system it is for. */
export function isWindowsMachine({ nodeAgentSKUId }: Readonly<Record<string, unknown>>): boolean {
  return typeof nodeAgentSKUId === "string" && /windows/i.test(nodeAgentSKUId);
}

/** Whether a pool's nodes run Windows, as those of a cloud service always do. */
export function runsWindows(pool: {
  readonly cloudServiceConfiguration?: JsonObject;
  readonly virtualMachineConfiguration?: JsonObject;
}): boolean {
  return (
    pool.cloudServiceConfiguration !== undefined || isWindowsMachine(pool.virtualMachineConfiguration ?? {})
  );
}
