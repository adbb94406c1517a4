import type { ContainerConfiguration, IdentityReference } from "../../azure/parameters/index.js";
import { checkEach, checkKeys, checkOneOf, checkTexts } from "../checks.js";
import type { Problem } from "../problems.js";
import { checkRegistry } from "../task-parts/container.js";

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

const AT = "pool.containers";
const TYPES = ["dockerCompatible", "criCompatible"] as const;

export function containerConfiguration(
  options: ContainerOptions,
  problems: Problem[],
): ContainerConfiguration {
  checkKeys(options, ["type", "images", "registries"], AT, problems);
  const { type = "dockerCompatible", images, registries } = options ?? {};
  return {
    type: checkOneOf(type, TYPES, `${AT}.type`, problems),
    ...(images !== undefined && { containerImageNames: checkTexts(images, `${AT}.images`, problems) }),
    ...(registries !== undefined && {
      containerRegistries: checkEach(registries, `${AT}.registries`, problems, (registry, at) =>
        checkLogin(registry, at, problems),
      ),
    }),
  };
}

/** Only a registry that needs a login needs to be named. */
function checkLogin(
  registry: ContainerRegistryOptions,
  at: string,
  problems: Problem[],
): ContainerRegistryOptions {
  const { username, password, identityReference } = registry ?? {};
  if (username === undefined && password === undefined && identityReference === undefined) {
    problems.push({ option: at, says: "needs either `username` and `password`, or `identityReference`" });
  }
  return checkRegistry(registry, at, problems) as ContainerRegistryOptions;
}
