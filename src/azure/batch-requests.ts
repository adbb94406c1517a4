import { type Clock, systemClock } from "../clock.js";
import { ServiceError } from "../errors/index.js";
import { batchError } from "./batch-error.js";
import type { BatchWire, WireAnswer, WireRequest } from "./batch-wire.js";
import { allowManyListeners } from "./many-listeners.js";
import { isRepeatableFailure, isRepeatableStatus } from "./network-failures.js";
import type { CallOptions } from "./ports.js";
import { redact } from "./redact.js";
import { RequestWindow } from "./request-window.js";
import { delayAfter, LONGEST_RETRY_AFTER, type RetryPolicy, retryAfterOf } from "./retry.js";

/** A request and what it is for, in words that end "Azure Batch refused to …". */
interface BatchRequest extends WireRequest {
  readonly operation: string;
}

/** Sends a request until it has an answer that repeating cannot change, and throws ServiceError for a refusal. */
export type Send = (request: BatchRequest, options?: CallOptions) => Promise<WireAnswer>;

/**
 * Every operation of the port may be repeated: those that make something recognise their own (see creation-id.ts),
 * those that end something are content to find it ended.
 */
export function repeating(wire: BatchWire, policy: RetryPolicy, clock: Clock = systemClock): Send {
  const window = new RequestWindow(clock);
  let answeredBefore = false;

  return async (request, { signal } = {}) => {
    allowManyListeners(signal);
    for (let attempt = 1; ; attempt++) {
      const outcome = await window.through(() => attemptOnce(wire, request, signal), isTooBusy, signal);
      if (outcome.kind === "answer") answeredBefore = true;
      if (outcome.kind === "answer" && outcome.answer.status < 300) return outcome.answer;

      const again =
        outcome.kind === "answer"
          ? repeatableAnswer(outcome.answer)
          : isRepeatableFailure(outcome.error.code, answeredBefore)
            ? {}
            : undefined;
      if (again === undefined || attempt >= policy.attempts) throw errorOf(request, outcome, attempt);

      if (again.after !== undefined) window.keepQuiet(again.after);
      await clock.delay(delayAfter(attempt, policy, again.after), signal);
    }
  };
}

/** Whether the service wants fewer requests. */
function isTooBusy(outcome: Outcome): boolean {
  return outcome.kind === "answer" && [429, 503].includes(outcome.answer.status);
}

type Outcome = { kind: "answer"; answer: WireAnswer } | { kind: "failure"; error: NetworkFailure };

interface NetworkFailure {
  readonly code: string;
  readonly message: string;
}

async function attemptOnce(
  wire: BatchWire,
  request: BatchRequest,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  try {
    return { kind: "answer", answer: await wire.send(request, signal) };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ServiceError) throw error; // The credential gave no token.
    return { kind: "failure", error: networkFailure(error) };
  }
}

function networkFailure(error: unknown): NetworkFailure {
  const { code, message } = error as { code?: unknown; message?: unknown };
  // A host with several addresses fails with one error for all of them, without a message.
  return { code: String(code), message: redact(String(message || code)) };
}

/** The answers that another attempt may change, and how long the service wants to be left alone before it. */
function repeatableAnswer(answer: WireAnswer): { after?: number } | undefined {
  if (!isRepeatableStatus(answer.status)) return undefined;
  const after = retryAfterOf(answer.headers);
  return after !== undefined && after > LONGEST_RETRY_AFTER ? undefined : { after };
}

/** What the body of an answer says. */
export function contentOf<T>(answer: WireAnswer, operation: string): T {
  try {
    return JSON.parse(answer.body.toString("utf8")) as T;
  } catch {
    throw new ServiceError(
      `The answer to the request to ${operation} is not one of Azure Batch: a proxy on the way, or another service, gave it.`,
      { service: "batch", code: "InvalidAnswer", statusCode: answer.status, operation },
    );
  }
}

function errorOf(request: BatchRequest, outcome: Outcome, attempts: number): ServiceError {
  if (outcome.kind === "answer") return batchError(request.operation, outcome.answer);
  const tried = attempts === 1 ? "" : ` in ${attempts} attempts`;
  return new ServiceError(
    `Azure Batch gave no answer${tried} when asked to ${request.operation}: ${outcome.error.message}`,
    { service: "batch", code: "NetworkError", operation: request.operation },
  );
}
