import type { Readable } from "node:stream";
import type { JsonObject } from "../wire/json.js";
import type { Micros } from "../wire/time.js";

/** What an operation answers; the route says which status and which headers go with it. */
export interface Answer {
  /** Sent as `ETag` and `Last-Modified` where the route sends these. */
  modified?: Micros | undefined;
  /** Path of the made or addressed entity, sent as `Location` and `DataServiceId` where the route sends these. */
  location?: string | undefined;
  /** The part of `odata.metadata` after `$metadata#`; required with `body`. */
  metadata?: string | undefined;
  body?: JsonObject | undefined;
  content?: FileContent | undefined;
}

/** A file's content, or with `stream` absent only its headers. */
export interface FileContent {
  /** Where it is not the operation's usual one. */
  status?: number | undefined;
  headers: Record<string, string>;
  stream?: Readable | undefined;
  text?: string | undefined;
}
