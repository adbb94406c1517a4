import type { ItemErrorCode } from "../errors/item-error.js";
import type { ItemFailure } from "./outcome-part.js";

/** A failure that a node tells, or that the client knows of. */
type AnyFailure = Omit<ItemFailure, "code"> & { readonly code: ItemErrorCode };

/** The failure of the item before, as it travels within that of the item which goes on with it. */
export interface UpstreamCause {
  readonly upstream: AnyFailure;
  readonly attempt: number;
  readonly node?: string;
}

/** What an item's line holds, in a stage of commands, where the item before has failed. */
export interface FailedBefore {
  readonly failedBefore: ItemFailure;
}

/** The failure of an item whose item before failed. Of several in a row, the first one is the cause. */
export function upstreamFailure(failure: AnyFailure, at: { attempt: number; node?: string }): ItemFailure {
  if (failure.code === "UpstreamFailed") return failure as ItemFailure;
  const cause: UpstreamCause = { upstream: failure, ...at };
  return {
    code: "UpstreamFailed",
    message: `The item failed in the run before: ${failure.message}`,
    cause,
  };
}
