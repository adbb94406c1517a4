import { NotSerializableError } from "../errors/index.js";
import { encode } from "../protocol/codec.js";
import { CodecError } from "../protocol/codec-error.js";

/**
 * A value as it travels.
 *
 * @param what - how an error names it: an item by its index
 * @throws NotSerializableError where a part of it cannot travel
 */
export function encodeValue(value: unknown, what: string | number): string {
  try {
    return encode(value);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const where = error.path === "" ? "" : ` at ${error.path}`;
    throw new NotSerializableError(
      `${typeof what === "number" ? `Item ${what}` : what} cannot travel to a compute node: ${error.reason}${where}.`,
      {
        path: error.path,
        ...(typeof what === "number" ? { index: what } : {}),
        cause: error,
      },
    );
  }
}
