import { encode } from "../../protocol/codec.js";
import { CodecError } from "../../protocol/codec-error.js";
import type { ItemFailure } from "../../protocol/outcome-part.js";
import { failureOf, timeoutFailure } from "../failure.js";

/** How an attempt went: the encoded value, or why there is none. */
export type Outcome = { readonly payload: string } | { readonly failure: ItemFailure };

/** The outcome of an attempt whose function returned. */
export function encodedValue(value: unknown): Outcome {
  try {
    return { payload: encode(value) };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const part = error.path === "" ? "it" : `its ${error.path}`;
    const message = `The function's result cannot travel: ${part} is ${error.reason}.`;
    return { failure: { code: "NotSerializable", message } };
  }
}

/** The outcome of an attempt that went well or not, too late. */
export function timedOutOutcome(timeout: number | undefined, outcome: Outcome): Outcome {
  const { remoteStack, cause } = "failure" in outcome ? outcome.failure : {};
  return {
    failure: {
      ...timeoutFailure(timeout),
      ...(remoteStack === undefined ? {} : { remoteStack }),
      ...(cause === undefined ? {} : { cause }),
    },
  };
}

/** The outcome of an attempt that ended its process by an error. */
export function uncaughtOutcome(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): Outcome {
  const failure = failureOf(error, "Crashed");
  const what =
    origin === "unhandledRejection"
      ? "A promise was rejected and nothing handled it"
      : "An error was thrown and nothing caught it";
  return { failure: { ...failure, message: `${what}: ${failure.message}`, exitCode: 1 } };
}

/** An outcome as it travels. */
export function toPayload(outcome: Outcome): { status: "fulfilled" | "rejected"; payload: string } {
  return "failure" in outcome
    ? { status: "rejected", payload: encode(outcome.failure) }
    : { status: "fulfilled", payload: outcome.payload };
}
