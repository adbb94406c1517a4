import type {
  ContainerConfiguration,
  ContainerRegistry,
  IdentityReference,
  TaskContainerSettings,
} from "../azure/parameters/index.js";
import { checkIdentity } from "./azure-resource.js";
import { checkKeys, checkList, checkOneOf, checkSecret, checkText, checkTexts } from "./checks.js";
import type { Problem } from "./problems.js";

/** What a pool needs for tasks in containers. */
export interface ContainerOptions {
  /** The technology that the image of the nodes has. Default: `"dockerCompatible"`. */
  readonly type?: "dockerCompatible" | "criCompatible";
  /** Images that each node pulls before its first task, as for `docker pull`: `"python:3.12"`. */
  readonly images?: readonly string[];
  /** The registries that need a login. */
  readonly registries?: readonly ContainerRegistryOptions[];
}

/** A registry, and who reads it: a user with a password, or a managed identity of the pool. */
export type ContainerRegistryOptions =
  | {
      /** Where it is. Default: `"docker.io"`. */
      readonly registryServer?: string;
      /** The user's name. */
      readonly username: string;
      /** The user's password. */
      readonly password: string;
      readonly identityReference?: never;
    }
  | {
      /** Where it is: `"name.azurecr.io"`. */
      readonly registryServer: string;
      /** The managed identity. */
      readonly identityReference: IdentityReference;
      readonly username?: never;
      readonly password?: never;
    };

const TYPES = ["dockerCompatible", "criCompatible"] as const;
const REGISTRY_KEYS = ["registryServer", "username", "password", "identityReference"];
const DIRECTORIES = ["taskWorkingDirectory", "containerImageDefault"] as const;

export function containerConfiguration(
  options: ContainerOptions,
  problems: Problem[],
): ContainerConfiguration {
  const at = "pool.containers";
  checkKeys(options, ["type", "images", "registries"], at, problems);
  const { type = "dockerCompatible", images, registries } = options ?? {};
  return {
    type: checkOneOf(type, TYPES, `${at}.type`, problems),
    ...(images !== undefined && { containerImageNames: checkTexts(images, `${at}.images`, problems) }),
    ...(registries !== undefined && {
      containerRegistries: checkList(registries, `${at}.registries`, problems, (registry, option) =>
        containerRegistry(registry, option, problems),
      ),
    }),
  };
}

/** The container of one task. */
export function containerSettings(
  settings: TaskContainerSettings,
  option: string,
  problems: Problem[],
): TaskContainerSettings {
  const keys = ["imageName", "containerRunOptions", "registry", "workingDirectory"];
  checkKeys(settings, keys, option, problems);
  const { imageName, containerRunOptions, registry, workingDirectory } = settings ?? {};
  return {
    imageName: checkText(imageName, `${option}.imageName`, problems),
    ...(containerRunOptions !== undefined && {
      containerRunOptions: checkText(containerRunOptions, `${option}.containerRunOptions`, problems),
    }),
    ...(registry !== undefined && {
      registry: containerRegistry(registry, `${option}.registry`, problems),
    }),
    ...(workingDirectory !== undefined && {
      workingDirectory: checkOneOf(workingDirectory, DIRECTORIES, `${option}.workingDirectory`, problems),
    }),
  };
}

function containerRegistry(
  registry: ContainerRegistry,
  option: string,
  problems: Problem[],
): ContainerRegistry {
  checkKeys(registry, REGISTRY_KEYS, option, problems);
  const { registryServer, username, password, identityReference } = registry ?? {};
  const hasUser = username !== undefined || password !== undefined;
  if (hasUser === (identityReference !== undefined)) {
    problems.push({ option, says: "needs either `username` and `password`, or `identityReference`" });
  }
  return {
    ...(registryServer !== undefined && {
      registryServer: checkText(registryServer, `${option}.registryServer`, problems),
    }),
    ...(hasUser && {
      username: checkText(username as string, `${option}.username`, problems),
      password: checkSecret(password as string, `${option}.password`, problems),
    }),
    ...(identityReference !== undefined && {
      identityReference: checkIdentity(identityReference, `${option}.identityReference`, problems),
    }),
  };
}
