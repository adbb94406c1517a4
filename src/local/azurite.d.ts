/* The parts of Azurite that the local engine uses; the package has no declarations of its own. */

declare module "azurite/dist/src/blob/BlobConfiguration.js" {
  export default class BlobConfiguration {
    constructor(host: string, port: number);
    enableAccessLog: boolean;
    isMemoryPersistence: boolean;
    skipApiVersionCheck: boolean;
  }
}

declare module "azurite/dist/src/blob/BlobServer.js" {
  import type BlobConfiguration from "azurite/dist/src/blob/BlobConfiguration.js";

  export default class BlobServer {
    constructor(configuration: BlobConfiguration);
    start(): Promise<void>;
    getHttpServerAddress(): string;
  }
}
