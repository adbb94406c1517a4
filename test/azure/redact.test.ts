import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { redact } from "../../src/azure/redact.js";

describe("redact", () => {
  const signature = randomBytes(32).toString("base64");
  const key = randomBytes(64).toString("base64");

  it.each([
    `https://a.blob.core.windows.net/c/b?sv=2025-07-05&sig=${encodeURIComponent(signature)}&sp=r`,
    `https%3A%2F%2Fa%2Fc%3Fsv%3D1%26sig%3D${encodeURIComponent(encodeURIComponent(signature))}`,
    `Authorization: SharedKey account:${signature}`,
    `SharedKeyLite account:${signature}.`,
    `found in 'SharedKey a:${signature}' is not '${signature}'`,
    `AccountName=a;AccountKey=${key};EndpointSuffix=core.windows.net`,
    `the key ${key}`,
    "Authorization: Bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl",
  ])("leaves no secret in %s", (text) => {
    const clean = redact(text);
    expect(clean).toContain("***");
    for (const secret of [signature, encodeURIComponent(signature), key, "eyJ"]) {
      expect(clean).not.toContain(secret);
    }
  });

  it.each([
    "The specified job already exists.",
    "11111111-2222-3333-4444-555555555555",
    "https://a.blob.core.windows.net/c/a-blob-with-a-rather-long-name-of-its-own-that-goes-on=and-on.txt",
    "design=fine",
  ])("leaves %s as it is", (text) => {
    expect(redact(text)).toBe(text);
  });
});
