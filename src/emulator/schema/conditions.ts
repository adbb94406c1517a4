import type { ModelName } from "./models.js";
import { invalid, missing, type Problem } from "./problem.js";

type Body = Readonly<Record<string, unknown>>;

/** What properties of one model demand of each other. `at` gives the path of a property. */
type Condition = (body: Body, at: (property: string) => string) => readonly Problem[];

const present = (body: Body, property: string): boolean => (body[property] ?? undefined) !== undefined;

/** One of the properties, and no two of them. */
function exactlyOne(...properties: readonly string[]): Condition {
  const names = properties.join(", ");
  return (body, at) => {
    const given = properties.filter((property) => present(body, property));
    const [first, second] = given;
    if (first === undefined) return [missing(at(properties[0]!), properties.join(" or "))];
    if (second === undefined) return [];
    return [invalid(at(second), body[second], `Only one of ${names} can be specified`)];
  };
}

const poolScale: Condition = (body, at) => {
  if (body.enableAutoScale === true) {
    const problems = ["targetDedicatedNodes", "targetLowPriorityNodes"]
      .filter((property) => present(body, property))
      .map((property) =>
        invalid(at(property), body[property], `${property} cannot be specified when enableAutoScale is true`),
      );
    return present(body, "autoScaleFormula") ? problems : [...problems, missing(at("autoScaleFormula"))];
  }
  if (!present(body, "autoScaleFormula")) return [];
  const reason = "autoScaleFormula cannot be specified when enableAutoScale is not true";
  return [invalid(at("autoScaleFormula"), body.autoScaleFormula, reason)];
};

const poolConfiguration = exactlyOne("virtualMachineConfiguration", "cloudServiceConfiguration");

const pool: Condition = (body, at) => [...poolConfiguration(body, at), ...poolScale(body, at)];

const resize: Condition = (body, at) =>
  present(body, "targetDedicatedNodes") || present(body, "targetLowPriorityNodes")
    ? []
    : [missing(at("targetDedicatedNodes"), "targetDedicatedNodes and/or targetLowPriorityNodes")];

const resourceFileSource = exactlyOne("httpUrl", "storageContainerUrl", "autoStorageContainerName");

const resourceFile: Condition = (body, at) => {
  const problems = [...resourceFileSource(body, at)];
  const { filePath } = body;
  if (present(body, "httpUrl") && !present(body, "filePath")) problems.push(missing(at("filePath")));
  if (present(body, "httpUrl") && present(body, "blobPrefix")) {
    const reason = "blobPrefix can only be specified with autoStorageContainerName or storageContainerUrl";
    problems.push(invalid(at("blobPrefix"), body.blobPrefix, reason));
  }
  if (typeof filePath === "string" && leavesDirectory(filePath)) {
    problems.push(
      invalid(at("filePath"), filePath, "The path has to stay inside the task's working directory"),
    );
  }
  return problems;
};

const leavesDirectory = (path: string): boolean =>
  /^[/\\]|^[A-Za-z]:/.test(path) || path.split(/[/\\]/).includes("..");

// The only kind of destination there is; the service's own description calls it optional all the same.
const outputDestination: Condition = (body, at) =>
  present(body, "container") ? [] : [missing(at("container"))];

const userIdentity: Condition = (body, at) =>
  present(body, "username") && present(body, "autoUser")
    ? [invalid(at("autoUser"), body.autoUser, "username and autoUser cannot both be specified")]
    : [];

const imageReference: Condition = (body, at) => {
  if (!present(body, "virtualMachineImageId")) return [];
  return ["publisher", "offer", "sku"]
    .filter((property) => present(body, property))
    .map((property) =>
      invalid(
        at(property),
        body[property],
        `${property} cannot be specified together with virtualMachineImageId`,
      ),
    );
};

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
  ExitCodeRangeMapping: range,
  ImageReference: imageReference,
  MetadataItem: metadataItem,
  NodeRemoveParameter: nodeRemove,
  OutputFileDestination: outputDestination,
  PoolAddParameter: pool,
  PoolInformation: exactlyOne("poolId", "autoPoolSpecification"),
  PoolResizeParameter: resize,
  PoolSpecification: pool,
  ResourceFile: resourceFile,
  TaskIdRange: range,
  UserIdentity: userIdentity,
};
