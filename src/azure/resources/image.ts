import type { ImageReference } from "../parameters/index.js";

/**
 * An image of a virtual machine that Batch supports, with the node agent for it.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/account/listsupportedimages
 */
export interface SupportedImage {
  /** The Batch node agent for it: `"batch.node.ubuntu 22.04"`. */
  readonly nodeAgentSKUId: string;
  /** The image. */
  readonly imageReference: ImageReference;
  /** Its operating system. */
  readonly osType: "linux" | "windows";
  /** What it can do: `"DockerCompatible"`, `"NvidiaTeslaDriverInstalled"`, … */
  readonly capabilities?: readonly string[];
  /** When Batch stops to support it. */
  readonly batchSupportEndOfLife?: string;
  /** Whether Batch has tried it out with the node agent. */
  readonly verificationType: "verified" | "unverified";
}
