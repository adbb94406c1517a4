import { BatchSharedKeyCredentials } from "@azure/batch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signWithSharedKey } from "../../src/azure/shared-key.js";

const KEY = Buffer.alloc(64, 7).toString("base64");

/** What Microsoft's client signs a request with. */
async function theirs(method: string, url: string, headers: ReadonlyMap<string, string>): Promise<string> {
  const signed = new Map(headers);
  const request = {
    method,
    url,
    headers: {
      get: (name: string) => signed.get(name.toLowerCase()),
      set: (name: string, value: string) => signed.set(name.toLowerCase(), value),
      headerNames: () => [...signed.keys()],
    },
  };
  type TheirRequest = Parameters<BatchSharedKeyCredentials["signRequest"]>[0];
  await new BatchSharedKeyCredentials("account", KEY).signRequest(request as unknown as TheirRequest);
  return signed.get("authorization") as string;
}

const part = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map(encodeURIComponent);

describe("a request signed with the account's key", () => {
  it("has the signature that Microsoft's client gives it", async () => {
    const header = fc.constantFrom(
      "content-type",
      "if-match",
      "ocp-range",
      "ocp-something",
      "range",
      "other",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "HEAD", "POST", "PATCH", "DELETE"),
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.dictionary(fc.constantFrom("api-version", "$filter", "$select", "maxresults"), part),
        fc.dictionary(header, fc.constantFrom("a", "b c", '"etag"', "bytes=0-5")),
        fc.option(fc.nat(100_000)),
        async (method, path, query, own, length) => {
          const target = `${path.join("/")}?${Object.entries(query)
            .map(([name, value]) => `${name}=${value}`)
            .join("&")}`;
          // As it is sent: without segments that are dots.
          const url = new URL(target, "https://account.region.batch.azure.com").href;
          const headers = new Map<string, string>(Object.entries(own));
          if (length !== null) headers.set("content-length", String(length));
          signWithSharedKey({ method, url, headers }, "account", Buffer.from(KEY, "base64"));
          expect(headers.get("authorization")).toBe(await theirs(method, url, headers));
        },
      ),
    );
  });
});
