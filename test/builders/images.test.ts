import { describe, expect, it } from "vitest";
import { almaLinux, galleryImage, ubuntu, ubuntuHpc, windowsServer } from "../../src/builders/images.js";
import { pool } from "../../src/builders/pool.js";
import { checkImageSupported, type SupportedImage } from "../../src/builders/supported-image.js";
import images from "../../src/emulator/operations/supported-images.json" with { type: "json" };

describe("short names", () => {
  it("have the images of the marketplace with their node agents", () => {
    expect(ubuntu("24.04")).toEqual({
      publisher: "canonical",
      offer: "ubuntu-24_04-lts",
      sku: "server",
      version: "latest",
      nodeAgentSKUId: "batch.node.ubuntu 24.04",
    });
    expect(ubuntu("22.04")).toMatchObject({
      sku: "22_04-lts-gen2",
      nodeAgentSKUId: "batch.node.ubuntu 22.04",
    });
    expect(ubuntu("24.04", { generation: 1 }).sku).toBe("server-gen1");
    expect(ubuntu("22.04", { generation: 1 }).sku).toBe("22_04-lts");
    expect(windowsServer("2022")).toMatchObject({
      sku: "2022-datacenter-g2",
      publisher: "microsoftwindowsserver",
    });
    expect(windowsServer("2019", { generation: 1 }).sku).toBe("2019-datacenter");
    expect(almaLinux("9")).toMatchObject({ sku: "9-gen2", nodeAgentSKUId: "batch.node.el 9" });
    expect(ubuntuHpc("24.04")).toMatchObject({ offer: "ubuntu-hpc", sku: "2404" });
  });

  it.each([
    ...(["22.04", "24.04"] as const).flatMap((version) => [
      ubuntu(version),
      ubuntu(version, { generation: 1 }),
      ubuntuHpc(version),
    ]),
    ...(["2019", "2022"] as const).flatMap((version) => [
      windowsServer(version),
      windowsServer(version, { generation: 1 }),
    ]),
    ...(["8", "9"] as const).flatMap((version) => [
      almaLinux(version),
      almaLinux(version, { generation: 1 }),
    ]),
  ])("$offer $sku is among the images that Batch supports", ({ nodeAgentSKUId, ...imageReference }) => {
    expect(checkImageSupported({ imageReference, nodeAgentSKUId }, images)).toBeUndefined();
  });

  it("refuse versions that Batch has not, and say which it has", () => {
    for (const version of ["18.04", "24", "", undefined, "constructor", 2404]) {
      expect(() => ubuntu(version as never)).toThrow("Batch has images of 22.04 and 24.04.");
    }
    expect(() => ubuntu("20.04" as never)).toThrow("Batch retired 20.04 in April 2025");
    expect(() => ubuntu("24.04", { generation: 3 as never })).toThrow("is 1 or 2");
    expect(() => windowsServer("2016" as never)).toThrow(
      'windowsServer("2016"): Batch has images of 2019 and 2022. Any other of the marketplace is an object: { publisher,',
    );
    expect(() => almaLinux("7" as never)).toThrow("8 and 9");
    expect(() => ubuntuHpc("20.04" as never)).toThrow("22.04 and 24.04");
  });
});

describe("an image of a gallery", () => {
  const id =
    "/subscriptions/0000/resourceGroups/ours/providers/Microsoft.Compute/galleries/ours/images/render/versions/1.2.3";

  it("is known by its id alone", () => {
    const image = galleryImage(id, { nodeAgentSKUId: "batch.node.ubuntu 24.04" });
    const built = pool().vmSize("a").image(image).dedicatedNodes(1).build();
    expect(built.virtualMachineConfiguration).toEqual({
      imageReference: { virtualMachineImageId: id },
      nodeAgentSKUId: "batch.node.ubuntu 24.04",
    });
  });

  it.each<[string, object, RegExp]>([
    [
      "another id",
      { virtualMachineImageId: "/subscriptions/0000", nodeAgentSKUId: "a" },
      /is no id of an image/,
    ],
    ["no agent", { virtualMachineImageId: id }, /pool\.image\.nodeAgentSKUId is missing/],
    [
      "the names of the marketplace beside it",
      { virtualMachineImageId: id, nodeAgentSKUId: "a", publisher: "p" },
      /pool\.image\.publisher is not known; these are: virtualMachineImageId, nodeAgentSKUId/,
    ],
  ])("is refused with %s", (_name, image, message) => {
    expect(() =>
      pool()
        .vmSize("a")
        .image(image as never)
        .dedicatedNodes(1)
        .build(),
    ).toThrow(message);
  });
});

describe("an image that an account does not support", () => {
  const supported: SupportedImage[] = [
    ...images,
    {
      imageReference: { publisher: "canonical", offer: "ubuntu-26_04-lts", sku: "server" },
      nodeAgentSKUId: "batch.node.ubuntu 26.04",
      verificationType: "unverified",
      batchSupportEndOfLife: "2031-04-30T00:00:00Z",
    },
  ];
  const now = new Date("2026-01-01T00:00:00Z");
  const check = (publisher: string, offer: string, sku: string, nodeAgentSKUId: string) =>
    checkImageSupported({ imageReference: { publisher, offer, sku }, nodeAgentSKUId }, supported, now);

  it("is named with what there is, the nearest first", () => {
    expect(check("Canonical", "ubuntu-24_04-lts", "minimal", "batch.node.ubuntu 24.04")).toEqual({
      option: "pool.image",
      says:
        "is canonical:ubuntu-24_04-lts:minimal, which the account does not support; it has " +
        "canonical:ubuntu-24_04-lts:server, canonical:ubuntu-24_04-lts:server-gen1",
    });
    expect(check("canonical", "ubuntu-28_04-lts", "server", "batch.node.ubuntu 28.04")?.says).toMatch(
      /canonical:ubuntu-26_04-lts:server \(unverified, until 2031-04-30\)$|and \d+ more$/,
    );
    expect(check("nobody", "nothing", "at-all", "batch.node.none")?.says).toMatch(/ and \d+ more$/);
    expect(checkImageSupported({ imageReference: {}, nodeAgentSKUId: "a" }, [])?.says).toMatch(
      /it lists no image at all$/,
    );
  });

  it("may have another node agent", () => {
    expect(check("canonical", "ubuntu-24_04-lts", "server", "batch.node.ubuntu 22.04")).toEqual({
      option: "pool.image.nodeAgentSKUId",
      says:
        'is "batch.node.ubuntu 22.04", and the account runs "batch.node.ubuntu 24.04" on ' +
        "canonical:ubuntu-24_04-lts:server",
    });
  });

  it("may have been supported until a day that is past", () => {
    const wanted = ["debian", "debian-10", "10", "batch.node.debian 10"] as const;
    expect(check(...wanted)?.says).toMatch(
      /^is debian:debian-10:10, which Batch supported until 2022-09-30; it has/,
    );
  });

  it("is known by its node agent alone where it is in a gallery", () => {
    const imageReference = { virtualMachineImageId: "/subscriptions/…" };
    const agent = (nodeAgentSKUId: string) =>
      checkImageSupported({ imageReference, nodeAgentSKUId }, supported);
    expect(agent("batch.node.ubuntu 24.04")).toBeUndefined();
    expect(agent("batch.node.ubuntu 24")?.says).toMatch(
      /^is "batch.node.ubuntu 24", and the account knows "batch/,
    );
  });
});
