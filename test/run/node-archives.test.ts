import { describe, expect, it } from "vitest";
import { pinnedNodeArchive } from "../../src/run/node-archives.js";

const SUPPORTED_MAJORS = [20, 22, 24, 26];

describe("the pinned releases of Node.js", () => {
  it.each(SUPPORTED_MAJORS)("has one for Node.js %i, of that version, with a whole SHA-256", (major) => {
    const archive = pinnedNodeArchive(major);
    const [, folder, file] =
      /^https:\/\/nodejs\.org\/dist\/v(\d+\.\d+\.\d+)\/node-v(\d+\.\d+\.\d+)-linux-x64\.tar\.xz$/.exec(
        archive?.url ?? "",
      ) ?? [];

    expect(folder?.split(".")[0]).toBe(String(major));
    expect(file).toBe(folder);
    expect(archive?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("has one for Node.js 20 that this package's engines range accepts", () => {
    const minor = /\/v20\.(\d+)\./.exec(pinnedNodeArchive(20)?.url ?? "")?.[1];
    expect(Number(minor)).toBeGreaterThanOrEqual(19);
  });

  it("gives no two releases the same hash", () => {
    const hashes = SUPPORTED_MAJORS.map((major) => pinnedNodeArchive(major)?.sha256);
    expect(new Set(hashes).size).toBe(SUPPORTED_MAJORS.length);
  });

  it.each([18, 21, 0, -1, Number.NaN])("has none for %d", (major) => {
    expect(pinnedNodeArchive(major)).toBeUndefined();
  });
});
