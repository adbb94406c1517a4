import type { Service } from "../service.js";
import type { Micros } from "../wire/time.js";
import type { Answer } from "./answer.js";
import type { Conditional } from "./conditions.js";
import type { BatchRequest } from "./request.js";

/** The headers a success carries: `E` ETag and Last-Modified, `L` Location, `D` DataServiceId. */
export type EntityHeaders = "" | "E" | "D" | "ED" | "LD" | "ELD";

/** One operation of the data plane: where it is, what it answers with, and what does it. */
export interface Operation {
  /** The service's own name of the operation. */
  readonly name: string;
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path, variable parts as `:name`, the rest of a path as `*`. */
  readonly path: string;
  readonly status: number;
  readonly headers: EntityHeaders;
  readonly conditional: Conditional;
  run(service: Service, request: BatchRequest): Answer | Promise<Answer>;
}

/** Something that conditional headers may ask about. */
export interface Target {
  readonly modified: Micros;
}
