import { expect, it } from "vitest";
import { ubuntu } from "../../src/builders/images.js";

it("knows the images of Ubuntu with their node agents", () => {
  expect(ubuntu("24.04")).toEqual({
    publisher: "canonical",
    offer: "ubuntu-24_04-lts",
    sku: "server",
    version: "latest",
    nodeAgentSKUId: "batch.node.ubuntu 24.04",
  });
  expect(ubuntu("22.04")).toMatchObject({ sku: "22_04-lts-gen2", nodeAgentSKUId: "batch.node.ubuntu 22.04" });
  expect(ubuntu("24.04", { generation: 1 }).sku).toBe("server-gen1");
  expect(ubuntu("22.04", { generation: 1 }).sku).toBe("22_04-lts");
});

it("refuses versions that Batch has not, and says so of the one it had", () => {
  for (const version of ["18.04", "24", "", undefined, "constructor", 2404]) {
    expect(() => ubuntu(version as never)).toThrow("Batch has images of 22.04 and 24.04.");
  }
  expect(() => ubuntu("20.04" as never)).toThrow("Batch retired 20.04 in April 2025");
  expect(() => ubuntu("24.04", { generation: 3 as never })).toThrow("is 1 or 2");
});
