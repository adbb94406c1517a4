import { InvalidArgumentError } from "../errors/index.js";

/** An image of the marketplace, with the node agent that Batch runs on it. */
export interface Image {
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
}

/** The versions of Ubuntu that {@link ubuntu} knows. */
export type UbuntuVersion = "22.04" | "24.04";

/*
 * What Batch calls verified, by its list of supported images, as Microsoft's own samples and notices quote it:
 * github.com/Azure/Batch issues 178 and 200, github.com/Azure-Samples/azure-batch-samples pull request 328.
 * Not here: 20.04, whose node agent takes no new pools since April 2025 (issue 174).
 */
const UBUNTU: Readonly<Record<UbuntuVersion, readonly [Image, Image]>> = {
  "22.04": canonical(
    "0001-com-ubuntu-server-jammy",
    ["22_04-lts", "22_04-lts-gen2"],
    "batch.node.ubuntu 22.04",
  ),
  "24.04": canonical("ubuntu-24_04-lts", ["server-gen1", "server"], "batch.node.ubuntu 24.04"),
};

function canonical(
  offer: string,
  [first, second]: readonly [string, string],
  nodeAgentSKUId: string,
): [Image, Image] {
  const image = { publisher: "canonical", offer, version: "latest", nodeAgentSKUId };
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
export function ubuntu(version: UbuntuVersion, options: { readonly generation?: 1 | 2 } = {}): Image {
  if (!Object.hasOwn(UBUNTU, version)) {
    const retired = String(version) === "20.04" ? " (Batch retired 20.04 in April 2025)" : "";
    throw new InvalidArgumentError(
      `ubuntu(${JSON.stringify(version)}): Batch has images of ${Object.keys(UBUNTU).join(" and ")}${retired}.`,
      { option: "version" },
    );
  }
  const { generation = 2 } = options;
  if (generation !== 1 && generation !== 2) {
    throw new InvalidArgumentError("The generation of an image is 1 or 2.", { option: "generation" });
  }
  return UBUNTU[version][generation - 1] as Image;
}
