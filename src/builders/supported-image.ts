import type { ImageReference } from "../azure/parameters/index.js";
import type { Problem } from "./problems.js";

/** An image that an account supports, as the service lists it. */
export interface SupportedImage {
  readonly imageReference: ImageReference;
  readonly nodeAgentSKUId: string;
  readonly verificationType?: string;
  /** When Batch takes no more pools with it. */
  readonly batchSupportEndOfLife?: string;
}

/** The image of a pool. */
export interface WantedImage {
  readonly imageReference: ImageReference;
  readonly nodeAgentSKUId: string;
}

/** How many images an error names. */
const MOST_NAMED = 8;

/**
 * Why an account takes no pool with an image, where that is so: it has no such image, another node agent for it, or its
 * support has ended. Images of a gallery are in no list: of them the node agent alone is checked.
 */
export function checkImageSupported(
  { imageReference, nodeAgentSKUId }: WantedImage,
  supported: readonly SupportedImage[],
  now: Date = new Date(),
): Problem | undefined {
  if (imageReference.virtualMachineImageId !== undefined) return checkAgent(nodeAgentSKUId, supported);

  const option = "pool.image";
  const same = supported.filter((one) => nameOf(one.imageReference) === nameOf(imageReference));
  if (same.length === 0) {
    const says = `is ${nameOf(imageReference)}, which the account does not support; ${alternatives(imageReference, supported)}`;
    return { option, says };
  }
  const fitting = same.find((one) => sameText(one.nodeAgentSKUId, nodeAgentSKUId));
  if (fitting === undefined) {
    const agents = [...new Set(same.map((one) => JSON.stringify(one.nodeAgentSKUId)))].join(" or ");
    const says = `is ${JSON.stringify(nodeAgentSKUId)}, and the account runs ${agents} on ${nameOf(imageReference)}`;
    return { option: `${option}.nodeAgentSKUId`, says };
  }
  const { batchSupportEndOfLife: end } = fitting;
  if (end === undefined || Date.parse(end) > now.getTime()) return undefined;
  const says = `is ${nameOf(imageReference)}, which Batch supported until ${end.slice(0, 10)}; ${alternatives(imageReference, supported)}`;
  return { option, says };
}

function checkAgent(nodeAgentSKUId: string, supported: readonly SupportedImage[]): Problem | undefined {
  const agents = [...new Set(supported.map((one) => one.nodeAgentSKUId))].sort();
  if (agents.some((agent) => sameText(agent, nodeAgentSKUId))) return undefined;
  const says = `is ${JSON.stringify(nodeAgentSKUId)}, and the account knows ${agents.map((agent) => JSON.stringify(agent)).join(", ")}`;
  return { option: "pool.image.nodeAgentSKUId", says };
}

/** What there is, the nearest first: of the same offer, of the same publisher, then any that is verified. */
function alternatives(wanted: ImageReference, supported: readonly SupportedImage[]): string {
  const near =
    [
      supported.filter(
        ({ imageReference: one }) =>
          sameText(one.publisher, wanted.publisher) && sameText(one.offer, wanted.offer),
      ),
      supported.filter(({ imageReference: one }) => sameText(one.publisher, wanted.publisher)),
      supported.filter(({ verificationType }) => sameText(verificationType, "verified")),
    ].find((list) => list.length > 0) ?? [];
  if (near.length === 0) return "it lists no image at all";
  const named = near.slice(0, MOST_NAMED).map(describe);
  const more = near.length > named.length ? ` and ${near.length - named.length} more` : "";
  return `it has ${named.join(", ")}${more}`;
}

/** An image with what speaks against it. */
function describe({ imageReference, verificationType, batchSupportEndOfLife: end }: SupportedImage): string {
  const notes = [
    ...(sameText(verificationType, "unverified") ? ["unverified"] : []),
    ...(end === undefined ? [] : [`until ${end.slice(0, 10)}`]),
  ];
  return `${nameOf(imageReference)}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
}

function nameOf({ publisher, offer, sku }: ImageReference): string {
  return [publisher, offer, sku].map((part) => String(part).toLowerCase()).join(":");
}

function sameText(a: string | undefined, b: string | undefined): boolean {
  return a?.toLowerCase() === b?.toLowerCase();
}
