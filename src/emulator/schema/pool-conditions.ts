import { isWindowsMachine } from "../state/operating-system.js";
import { knownCoresOf } from "../state/vm-size.js";
import { isJsonObject } from "../wire/json.js";
import { all, type Body, type Condition, exactlyOne, present, repeated } from "./condition.js";
import { networkOfMachines } from "./network-conditions.js";
import { invalid, missing, type Problem } from "./problem.js";

const mostSlotsPerCore = 4;

const scale: Condition = (body, at) => {
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

/** The fixed bound of 256 stands with the other values: this one depends on the VM size. */
const slots: Condition = (body, at) => {
  const cores = typeof body.vmSize === "string" ? knownCoresOf(body.vmSize) : undefined;
  if (cores === undefined) return [];
  const most = mostSlotsPerCore * cores;
  return ["taskSlotsPerNode", "maxTasksPerNode"]
    .filter((property) => Number(body[property]) > most && Number(body[property]) <= 256)
    .map((property) => {
      const reason = `The VM size has ${cores} cores, so that ${most} is the largest value`;
      return invalid(at(property), body[property], reason);
    });
};

/** Endpoints and public addresses are those of virtual machines. */
const networkOfCloudService: Condition = (body, at) => {
  const { networkConfiguration } = body;
  if (!present(body, "cloudServiceConfiguration") || !isJsonObject(networkConfiguration)) return [];
  const reason = "This is only supported on pools with a virtualMachineConfiguration";
  return networkOfMachines
    .filter((property) => present(networkConfiguration, property))
    .map((property) =>
      invalid(`${at("networkConfiguration")}.${property}`, networkConfiguration[property], reason),
    );
};

const windowsUsers: Condition = (body, at) => {
  const { userAccounts, virtualMachineConfiguration: machine } = body;
  if (!isJsonObject(machine) || isWindowsMachine(machine) || !Array.isArray(userAccounts)) return [];
  return userAccounts.flatMap((user: unknown, index): Problem[] => {
    if (!isJsonObject(user) || !present(user, "windowsUserConfiguration")) return [];
    const path = `${at("userAccounts")}[${index}].windowsUserConfiguration`;
    return [invalid(path, user.windowsUserConfiguration, "The pool's nodes do not run Windows")];
  });
};

export const pool: Condition = all(
  exactlyOne("virtualMachineConfiguration", "cloudServiceConfiguration"),
  scale,
  slots,
  networkOfCloudService,
  windowsUsers,
);

export const virtualMachine: Condition = (body, at) => {
  const windows = isWindowsMachine(body);
  const problems: Problem[] = [];
  if (!windows) {
    for (const property of ["windowsConfiguration", "licenseType"]) {
      if (present(body, property))
        problems.push(invalid(at(property), body[property], "The image does not contain Windows"));
    }
  }
  problems.push(
    ...encryption(body, at, windows),
    ...repeated(lunsOf(body, at), "Each data disk has its own lun"),
  );
  return problems;
};

function encryption(body: Body, at: (property: string) => string, windows: boolean): Problem[] {
  const { diskEncryptionConfiguration: encryption } = body;
  if (!isJsonObject(encryption) || !Array.isArray(encryption.targets) || encryption.targets.length === 0)
    return [];
  const targets = encryption.targets.map((target) => String(target).toLowerCase());
  const isSupported = windows
    ? targets.includes("osdisk") && targets.includes("temporarydisk")
    : targets.every((target) => target === "temporarydisk");
  if (isSupported) return [];
  const reason = windows
    ? "On Windows OsDisk and TemporaryDisk have to be specified"
    : "On Linux only TemporaryDisk is supported";
  return [invalid(`${at("diskEncryptionConfiguration")}.targets`, encryption.targets, reason)];
}

function lunsOf({ dataDisks }: Body, at: (property: string) => string): [path: string, lun: unknown][] {
  if (!Array.isArray(dataDisks)) return [];
  return dataDisks.map((disk: unknown, index) => [
    `${at("dataDisks")}[${index}].lun`,
    isJsonObject(disk) ? disk.lun : undefined,
  ]);
}

const marketplaceProperties = ["publisher", "offer", "sku"];
/** Newer versions know more ways than the first to name an image. */
const imageIds = ["virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId"];

export const imageReference: Condition = (body, at) => {
  const id = imageIds.find((property) => present(body, property));
  if (id === undefined) {
    return marketplaceProperties
      .filter((property) => !present(body, property))
      .map((property) => missing(at(property)));
  }
  return [...marketplaceProperties, "version"]
    .filter((property) => present(body, property))
    .map((property) =>
      invalid(at(property), body[property], `${property} cannot be specified together with ${id}`),
    );
};

export const linuxUser: Condition = (body, at) => {
  if (present(body, "uid") === present(body, "gid")) return [];
  return [missing(at(present(body, "uid") ? "gid" : "uid"))];
};

export const mount: Condition = exactlyOne(
  "azureBlobFileSystemConfiguration",
  "nfsMountConfiguration",
  "cifsMountConfiguration",
  "azureFileShareConfiguration",
);

export const blobFileSystem: Condition = exactlyOne("accountKey", "sasKey", "identityReference");
