import type { Send } from "../batch-requests.js";
import { list } from "../batch-resources.js";
import type { CallOptions } from "../ports.js";
import type { BatchApplication, PoolNodeCounts, SupportedImage } from "../resources/index.js";

/** What belongs to the account as a whole. */
export interface AccountOperations {
  nodeCounts(query: { filter?: string }, options?: CallOptions): AsyncIterable<PoolNodeCounts>;
  supportedImages(query: { filter?: string }, options?: CallOptions): AsyncIterable<SupportedImage>;
  applications(options?: CallOptions): AsyncIterable<BatchApplication>;
}

export function accountOperations(send: Send): AccountOperations {
  return {
    // 10 is the most the service gives a page of these.
    nodeCounts: (query, options) =>
      list(send, "count the nodes of the pools", "/nodecounts", { ...query, maxresults: 10 }, options),

    supportedImages: (query, options) =>
      list(send, "list the supported images", "/supportedimages", query, options),

    applications: (options) => list(send, "list the applications", "/applications", {}, options),
  };
}
