import { all, type Condition, exactlyOne, present } from "./condition.js";
import type { ModelName } from "./models.js";
import { endpointConfiguration, natPool, network } from "./network-conditions.js";
import { blobFileSystem, imageReference, linuxUser, mount, pool, virtualMachine } from "./pool-conditions.js";
import { invalid, missing } from "./problem.js";

const resize: Condition = (body, at) =>
  present(body, "targetDedicatedNodes") || present(body, "targetLowPriorityNodes")
    ? []
    : [missing(at("targetDedicatedNodes"), "targetDedicatedNodes and/or targetLowPriorityNodes")];

const resourceFilePath: Condition = (body, at) => {
  const { filePath } = body;
  if (typeof filePath === "string" && leavesDirectory(filePath)) {
    return [invalid(at("filePath"), filePath, "The path has to stay inside the task's working directory")];
  }
  return present(body, "httpUrl") && !present(body, "filePath") ? [missing(at("filePath"))] : [];
};

const blobPrefix: Condition = (body, at) =>
  present(body, "httpUrl") && present(body, "blobPrefix")
    ? [
        invalid(
          at("blobPrefix"),
          body.blobPrefix,
          "blobPrefix can only be specified with autoStorageContainerName or storageContainerUrl",
        ),
      ]
    : [];

const resourceFile: Condition = all(
  exactlyOne("httpUrl", "storageContainerUrl", "autoStorageContainerName"),
  resourceFilePath,
  blobPrefix,
);

const leavesDirectory = (path: string): boolean =>
  /^[/\\]|^[A-Za-z]:/.test(path) || path.split(/[/\\]/).includes("..");

// The only kind of destination there is; the service's own description calls it optional all the same.
const outputDestination: Condition = (body, at) =>
  present(body, "container") ? [] : [missing(at("container"))];

const userIdentity: Condition = (body, at) =>
  present(body, "username") && present(body, "autoUser")
    ? [invalid(at("autoUser"), body.autoUser, "username and autoUser cannot both be specified")]
    : [];

/** What is no number has a problem of its own already. */
const range: Condition = ({ start, end }, at) =>
  typeof start === "number" && typeof end === "number" && start > end
    ? [invalid(at("end"), end, "The end of a range cannot be less than its start")]
    : [];

const metadataItem: Condition = (body, at) =>
  body.name === "" ? [{ code: "EmptyMetadataKey", path: at("name"), values: [] }] : [];

const nodeRemove: Condition = (body, at) =>
  Array.isArray(body.nodeList) && body.nodeList.length === 0
    ? [invalid(at("nodeList"), body.nodeList, "The list cannot be empty")]
    : [];

/** The documented conditions that span several properties of a model. */
export const conditions: Partial<Record<ModelName, Condition>> = {
  AzureBlobFileSystemConfiguration: blobFileSystem,
  ExitCodeRangeMapping: range,
  ImageReference: imageReference,
  InboundNATPool: natPool,
  LinuxUserConfiguration: linuxUser,
  MetadataItem: metadataItem,
  MountConfiguration: mount,
  NetworkConfiguration: network,
  NodeRemoveParameter: nodeRemove,
  OutputFileDestination: outputDestination,
  PoolAddParameter: pool,
  PoolEndpointConfiguration: endpointConfiguration,
  PoolInformation: exactlyOne("poolId", "autoPoolSpecification"),
  PoolResizeParameter: resize,
  PoolSpecification: pool,
  ResourceFile: resourceFile,
  TaskIdRange: range,
  UserIdentity: userIdentity,
  VirtualMachineConfiguration: virtualMachine,
};
