import type { ContainerRegistry, TaskContainerSettings } from "../../azure/parameters/index.js";
import { checkKeys, checkOneOf, checkText } from "../checks.js";
import type { Problem } from "../problems.js";
import { checkIdentity } from "./checks.js";

const KEYS = ["imageName", "containerRunOptions", "registry", "workingDirectory"];
const DIRECTORIES = ["taskWorkingDirectory", "containerImageDefault"] as const;

/** Checks the container of a task. */
export function checkContainer(
  settings: TaskContainerSettings,
  option: string,
  problems: Problem[],
): TaskContainerSettings {
  if (!checkKeys(settings, KEYS, option, problems)) return settings;
  const { imageName, containerRunOptions, registry, workingDirectory } = settings;
  checkText(imageName, `${option}.imageName`, problems);
  if (containerRunOptions !== undefined) {
    checkText(containerRunOptions, `${option}.containerRunOptions`, problems);
  }
  if (registry !== undefined) checkRegistry(registry, `${option}.registry`, problems);
  if (workingDirectory !== undefined) {
    checkOneOf(workingDirectory, DIRECTORIES, `${option}.workingDirectory`, problems);
  }
  return settings;
}

/** Checks a registry of container images; no message shows its password. */
export function checkRegistry(
  registry: ContainerRegistry,
  option: string,
  problems: Problem[],
): ContainerRegistry {
  const keys = ["registryServer", "username", "password", "identityReference"];
  if (!checkKeys(registry, keys, option, problems)) return registry;
  const { registryServer, username, password, identityReference } = registry;
  if (registryServer !== undefined) checkText(registryServer, `${option}.registryServer`, problems);
  if (username !== undefined) checkText(username, `${option}.username`, problems);
  if (username !== undefined && (typeof password !== "string" || password === "")) {
    const says =
      "is missing; the service never gives it back, so say it again where the rest came from there";
    problems.push({ option: `${option}.password`, says });
  }
  if (username === undefined && password !== undefined) {
    problems.push({ option: `${option}.username`, says: "is missing, and there is a password" });
  }
  if (identityReference !== undefined) {
    checkIdentity(identityReference, `${option}.identityReference`, problems);
    if (username !== undefined) {
      problems.push({ option: `${option}.identityReference`, says: "excludes username and password" });
    }
  }
  return registry;
}
