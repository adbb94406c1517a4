import type { ModelName } from "../schema/models.js";
import type { Service } from "../service.js";
import type { Answer } from "./answer.js";
import type { Conditional } from "./conditions.js";
import type { BatchRequest } from "./request.js";

/** The headers a success carries: `E` ETag and Last-Modified, `L` Location, `D` DataServiceId. */
export type EntityHeaders = "" | "E" | "D" | "ED" | "LD" | "ELD";

/** One operation of the data plane: where it is, what it takes and answers with, and what does it. */
export interface Operation {
  /** The service's own name of the operation. */
  readonly name: string;
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path, variable parts as `:name`, the rest of a path as `*`. */
  readonly path: string;
  readonly status: number;
  readonly headers: EntityHeaders;
  readonly conditional: Conditional;
  /** What the body has to be; an operation without this takes none. `unchecked` leaves the check to the operation. */
  readonly body?: ModelName | "unchecked";
  /** Whether the body may be left out. */
  readonly bodyOptional?: boolean;
  /** The size from which on a body is refused, in bytes. */
  readonly bodyLimit?: number;
  /** What of the operation the emulator does not do; it stands in the table of the documentation. */
  readonly missing?: string;
  /** The api-versions that have the operation, by their running numbers: from `since` on, and before `until`. */
  readonly versions?: { readonly since?: number; readonly until?: number };
  /** An operation that the service does not have: a lever for tests. */
  readonly emulatorOnly?: boolean;
  run(service: Service, request: BatchRequest): Answer | Promise<Answer>;
}
