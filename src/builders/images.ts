import type { ImageReference } from "../azure/parameters/index.js";
import { InvalidArgumentError } from "../errors/index.js";
import { checkKeys, checkText } from "./checks.js";
import { type Problem, show } from "./problems.js";

/** What the nodes of a pool start from: an image of the marketplace, or one of one's own in an Azure Compute Gallery. */
export type Image = MarketplaceImage | GalleryImage;

/** An image of the marketplace, with the node agent that Batch runs on it. */
export interface MarketplaceImage {
  /** Who publishes it: `"microsoft-dsvm"`. */
  readonly publisher: string;
  /** What it is: `"ubuntu-hpc"`. */
  readonly offer: string;
  /** Which of them: `"2204"`. */
  readonly sku: string;
  /** Default: `"latest"`. */
  readonly version?: string;
  /** The node agent for the image's operating system, such as `"batch.node.ubuntu 24.04"`. */
  readonly nodeAgentSKUId: string;
  /** Only of an image in a gallery. */
  readonly virtualMachineImageId?: never;
}

/** An image in an Azure Compute Gallery, with the node agent that Batch runs on it. */
export interface GalleryImage {
  /** The Azure resource id of the image, or of one of its versions. */
  readonly virtualMachineImageId: string;
  /** The node agent for the image's operating system, such as `"batch.node.ubuntu 24.04"`. */
  readonly nodeAgentSKUId: string;
  /** Only of an image of the marketplace. */
  readonly publisher?: never;
  /** Only of an image of the marketplace. */
  readonly offer?: never;
  /** Only of an image of the marketplace. */
  readonly sku?: never;
  /** Only of an image of the marketplace. */
  readonly version?: never;
}

/** The versions of Ubuntu that {@link ubuntu} knows. */
export type UbuntuVersion = "22.04" | "24.04";
/** The versions of Ubuntu that {@link ubuntuHpc} knows. */
export type UbuntuHpcVersion = "22.04" | "24.04";
/** The versions of Windows Server that {@link windowsServer} knows. */
export type WindowsServerVersion = "2019" | "2022";
/** The versions of AlmaLinux that {@link almaLinux} knows. */
export type AlmaLinuxVersion = "8" | "9";

/** Which generation of virtual machines an image is for. */
export interface ImageGeneration {
  /** 2 (the default) for what is sold today, such as Dsv5 and Dsv6; 1 for older sizes, such as DSv2. */
  readonly generation?: 1 | 2;
}

/** The images of both generations. */
type Generations = readonly [MarketplaceImage, MarketplaceImage];

/*
 * The short names' images, as Batch's list of supported images, Microsoft's samples and the notices of Batch's own
 * repository quote them: github.com/Azure/Batch issues 178 and 200 (Ubuntu), 181 (AlmaLinux), 136 (Windows Server),
 * github.com/Azure-Samples/azure-batch-samples pull request 328. Whoever creates a pool checks them against what the
 * account supports. Not here: Ubuntu 20.04, whose node agent takes no new pools since April 2025 (issue 174), and Windows
 * Server 2016, which ends in January 2027 (issue 197).
 */
const UBUNTU: Readonly<Record<UbuntuVersion, Generations>> = {
  "22.04": generations(
    { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", agent: "batch.node.ubuntu 22.04" },
    ["22_04-lts", "22_04-lts-gen2"],
  ),
  "24.04": generations(
    { publisher: "canonical", offer: "ubuntu-24_04-lts", agent: "batch.node.ubuntu 24.04" },
    ["server-gen1", "server"],
  ),
};

const UBUNTU_HPC: Readonly<Record<UbuntuHpcVersion, MarketplaceImage>> = {
  "22.04": ubuntuHpcImage("2204", "batch.node.ubuntu 22.04"),
  "24.04": ubuntuHpcImage("2404", "batch.node.ubuntu 24.04"),
};

function ubuntuHpcImage(sku: string, nodeAgentSKUId: string): MarketplaceImage {
  return { publisher: "microsoft-dsvm", offer: "ubuntu-hpc", sku, version: "latest", nodeAgentSKUId };
}

const WINDOWS = {
  publisher: "microsoftwindowsserver",
  offer: "windowsserver",
  agent: "batch.node.windows amd64",
};
const WINDOWS_SERVER: Readonly<Record<WindowsServerVersion, Generations>> = {
  "2019": generations(WINDOWS, ["2019-datacenter", "2019-datacenter-gensecond"]),
  "2022": generations(WINDOWS, ["2022-datacenter", "2022-datacenter-g2"]),
};

const ALMA = { publisher: "almalinux", offer: "almalinux-x86_64" };
const ALMA_LINUX: Readonly<Record<AlmaLinuxVersion, Generations>> = {
  "8": generations({ ...ALMA, agent: "batch.node.el 8" }, ["8-gen1", "8-gen2"]),
  "9": generations({ ...ALMA, agent: "batch.node.el 9" }, ["9-gen1", "9-gen2"]),
};

function generations(
  { publisher, offer, agent }: { publisher: string; offer: string; agent: string },
  [first, second]: readonly [string, string],
): Generations {
  const image = { publisher, offer, version: "latest", nodeAgentSKUId: agent };
  return [
    { ...image, sku: first },
    { ...image, sku: second },
  ];
}

/**
 * Canonical's Ubuntu Server for {@link PoolBuilder.image}. Batch supports 22.04 until June 2027. Both have Python 3 and no
 * Node.js, which a run brings along.
 *
 * @param version - `"24.04"` or `"22.04"`
 * @param options - `generation` is that of the virtual machine, which has to fit its size: 2 (the default) for what is
 *   sold today, such as Dsv5 and Dsv6; 1 for older sizes, such as DSv2.
 * @throws InvalidArgumentError for a version that Batch does not support
 * @example
 * ```ts
 * const small = pool("small").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(1);
 * const old = pool("old").vmSize("Standard_DS1_v2").image(ubuntu("24.04", { generation: 1 })).dedicatedNodes(1);
 * ```
 */
export function ubuntu(version: UbuntuVersion, options: ImageGeneration = {}): MarketplaceImage {
  const retired = String(version) === "20.04" ? " (Batch retired 20.04 in April 2025)" : "";
  return ofGeneration(known("ubuntu", UBUNTU, version, retired), options);
}

/**
 * Microsoft's Ubuntu for computing, which has Docker and the drivers of NVIDIA's cards and of InfiniBand: for
 * {@link PoolBuilder.containers} and for sizes with such hardware. It is for machines of the second generation.
 *
 * @param version - `"24.04"` or `"22.04"`
 * @throws InvalidArgumentError for another version
 * @example
 * ```ts
 * const inContainers = pool("c").vmSize("Standard_D4s_v5").image(ubuntuHpc("24.04")).containers({ images: ["python:3.12"] });
 * ```
 */
export function ubuntuHpc(version: UbuntuHpcVersion): MarketplaceImage {
  return known("ubuntuHpc", UBUNTU_HPC, version);
}

/**
 * Microsoft's Windows Server (Datacenter) for {@link PoolBuilder.image}.
 *
 * @param version - `"2022"` or `"2019"`
 * @param options - the generation of the virtual machine: 2 by default
 * @throws InvalidArgumentError for another version
 * @example
 * ```ts
 * const windows = pool("windows").vmSize("Standard_D4s_v5").image(windowsServer("2022")).dedicatedNodes(1);
 * ```
 */
export function windowsServer(
  version: WindowsServerVersion,
  options: ImageGeneration = {},
): MarketplaceImage {
  return ofGeneration(known("windowsServer", WINDOWS_SERVER, version), options);
}

/**
 * AlmaLinux for {@link PoolBuilder.image}: what Microsoft names in the place of CentOS.
 *
 * @param version - `"9"` or `"8"`
 * @param options - the generation of the virtual machine: 2 by default
 * @throws InvalidArgumentError for another version
 * @example
 * ```ts
 * const enterprise = pool("el").vmSize("Standard_D4s_v5").image(almaLinux("9")).dedicatedNodes(1);
 * ```
 */
export function almaLinux(version: AlmaLinuxVersion, options: ImageGeneration = {}): MarketplaceImage {
  return ofGeneration(known("almaLinux", ALMA_LINUX, version), options);
}

/** What a table of short names has for a version. */
function known<Version extends string, T>(
  name: string,
  table: Readonly<Record<Version, T>>,
  version: Version,
  note = "",
): T {
  if (Object.hasOwn(table, version)) return table[version];
  throw new InvalidArgumentError(
    `${name}(${show(version)}): Batch has images of ${Object.keys(table).join(" and ")}${note}. Any other of the ` +
      "marketplace is an object: { publisher, offer, sku, nodeAgentSKUId }.",
    { option: "version" },
  );
}

function ofGeneration([first, second]: Generations, options: ImageGeneration): MarketplaceImage {
  const { generation = 2 } = options;
  if (generation === 1) return first;
  if (generation === 2) return second;
  throw new InvalidArgumentError("The generation of an image is 1 or 2.", { option: "generation" });
}

/**
 * An image of one's own in an Azure Compute Gallery, for {@link PoolBuilder.image}. The account then has to be used with
 * Microsoft Entra ID, and the image has a replica in its region.
 *
 * @param resourceId - `/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/galleries/…/images/…`, with
 *   `/versions/…` for another one than the latest
 * @param options - `nodeAgentSKUId` is the node agent for the image's operating system
 * @see https://learn.microsoft.com/azure/batch/batch-sig-images
 * @example
 * ```ts
 * const gallery = "/subscriptions/0000/resourceGroups/images/providers/Microsoft.Compute/galleries/ours";
 * const image = galleryImage(`${gallery}/images/render/versions/1.2.0`, { nodeAgentSKUId: "batch.node.ubuntu 24.04" });
 * const render = pool("render").vmSize("Standard_D4s_v5").image(image).dedicatedNodes(1);
 * ```
 */
export function galleryImage(resourceId: string, options: { readonly nodeAgentSKUId: string }): GalleryImage {
  return { virtualMachineImageId: resourceId, nodeAgentSKUId: options?.nodeAgentSKUId };
}

const MARKETPLACE_KEYS = ["publisher", "offer", "sku", "version", "nodeAgentSKUId"];
const GALLERY_KEYS = ["virtualMachineImageId", "nodeAgentSKUId"];
const GALLERY_IMAGE =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/galleries\/[^/]+\/images\/[^/]+(?:\/versions\/[^/]+)?$/i;

/** Checks an image, and makes of it what a pool needs to know. */
export function imageParameter(
  image: Image | undefined,
  problems: Problem[],
): { imageReference: ImageReference; nodeAgentSKUId: string } | undefined {
  const at = "pool.image";
  if (image === undefined) {
    problems.push({ option: at, says: 'is missing: for one, say .image(ubuntu("24.04"))' });
    return undefined;
  }
  const isGallery = image?.virtualMachineImageId !== undefined;
  checkKeys(image, isGallery ? GALLERY_KEYS : MARKETPLACE_KEYS, at, problems);
  return {
    imageReference: isGallery
      ? { virtualMachineImageId: checkGalleryId(image.virtualMachineImageId, at, problems) }
      : marketplaceReference(image as MarketplaceImage, at, problems),
    nodeAgentSKUId: checkText(image?.nodeAgentSKUId, `${at}.nodeAgentSKUId`, problems),
  };
}

function checkGalleryId(id: string, at: string, problems: Problem[]): string {
  if (!GALLERY_IMAGE.test(String(id))) {
    const says =
      "is no id of an image in a gallery: " +
      "/subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/galleries/…/images/…[/versions/…]";
    problems.push({ option: `${at}.virtualMachineImageId`, says });
  }
  return id;
}

function marketplaceReference(image: MarketplaceImage, at: string, problems: Problem[]): ImageReference {
  const { publisher, offer, sku, version = "latest" } = image ?? {};
  return {
    publisher: checkText(publisher, `${at}.publisher`, problems),
    offer: checkText(offer, `${at}.offer`, problems),
    sku: checkText(sku, `${at}.sku`, problems),
    version: checkText(version, `${at}.version`, problems),
  };
}

/** Whether a node agent is that of Windows. */
export function isWindowsAgent(nodeAgentSKUId: unknown): boolean {
  return /\bwindows\b/i.test(String(nodeAgentSKUId));
}
