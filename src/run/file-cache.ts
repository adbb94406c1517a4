import type { BlobPlace, CallOptions, ContainerPort, StoragePort } from "../azure/ports.js";
import { InvalidArgumentError, ServiceError } from "../errors/index.js";
import { cacheContainerMark } from "./marks.js";

/*
 * Files that several runs bring to their nodes, kept in a container of their own under their content's hash. A run's container
 * gets them by a copy that the service makes: nothing is uploaded, and nodes still see the run's container alone.
 */

/** The cache's container where the option only says that there is one. */
export const DEFAULT_CACHE = "azure-batch-parallel-cache";

/** A cache of files, which exists. */
export class FileCache {
  readonly #container: ContainerPort;

  private constructor(container: ContainerPort) {
    this.#container = container;
  }

  /** @throws InvalidArgumentError where storage is reached by a SAS, which cannot sign what a copy reads */
  static async open(storage: StoragePort, name: string): Promise<FileCache> {
    if (!storage.signs) {
      throw new InvalidArgumentError(
        "The option cache needs storage that is reached by key or credential: a SAS cannot sign what the service copies.",
        { option: "cache" },
      );
    }
    const container = storage.container(name);
    try {
      await container.create(cacheContainerMark());
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === "ContainerAlreadyExists")) throw error;
    }
    return new FileCache(container);
  }

  /**
   * Puts a file into a run's container under the name `blob`; `store` uploads it to the cache where it is not there yet. Says
   * whether it was uploaded. What is used is not swept: its age begins anew.
   */
  async bring(
    hash: string,
    to: BlobPlace,
    store: (cache: ContainerPort) => Promise<void>,
    options: CallOptions,
  ): Promise<boolean> {
    const there = await this.#container.touch(hash, options);
    if (!there) await store(this.#container);
    await to.container.copy(to.blob, { container: this.#container, blob: hash }, options);
    return !there;
  }
}
