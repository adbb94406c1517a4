import { type AgentOptions, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { HttpOperationResponse, RequestPolicyFactory, RestError } from "@azure/storage-blob";
import { systemClock } from "../clock.js";
import { isRepeatableFailure, isRepeatableStatus } from "./network-failures.js";
import { delayAfter, LONGEST_RETRY_AFTER, type RetryPolicy, retryAfterOf } from "./retry.js";

/*
 * The client library's own retries do not know that a gateway may fail (502, 504) or a service throttle (429), nor what
 * `Retry-After` asks for, and its connections wait for ever for an answer that does not come. So it makes one try, and these
 * are ours.
 */

/** Milliseconds without a byte in either direction after which a connection is given up. */
const LONGEST_SILENCE = 60_000;

/** Repeats requests to Blob Storage, as a part of the client library's pipeline: each try is signed for itself. */
export function repeatingRequests(policy: RetryPolicy, silence = LONGEST_SILENCE): RequestPolicyFactory {
  const agents = impatientAgents(silence);
  let answeredBefore = false;

  return {
    create: (next) => ({
      async sendRequest(request) {
        // One that is set leads through a proxy.
        request.agent ??= request.url.startsWith("https:") ? agents.https : agents.http;
        for (let attempt = 1; ; attempt++) {
          const outcome = await next.sendRequest(request).then(
            (answer) => ({ answer }),
            (error: unknown) => ({ error }),
          );
          const again = repetition(outcome, answeredBefore);
          answeredBefore ||= hasAnswer(outcome);
          if (again === undefined || attempt >= policy.attempts) {
            if ("error" in outcome) throw outcome.error;
            return outcome.answer;
          }
          await systemClock.delay(
            delayAfter(attempt, policy, again.after),
            request.abortSignal as AbortSignal | undefined,
          );
        }
      },
    }),
  };
}

type Outcome = { readonly answer: HttpOperationResponse } | { readonly error: unknown };

function hasAnswer(outcome: Outcome): boolean {
  return "answer" in outcome || (outcome.error as Partial<RestError>).statusCode !== undefined;
}

/** How long to wait before another attempt, where one may help. */
function repetition(outcome: Outcome, answeredBefore: boolean): { after?: number } | undefined {
  if ("answer" in outcome) return repetitionOf(outcome.answer.status, outcome.answer.headers);
  const error = outcome.error as Partial<RestError>;
  if (error.name !== "RestError") return undefined;
  // An answer that broke off, or what something on the way wrote in its place.
  if (error.code === "PARSE_ERROR") return {};
  if (error.statusCode !== undefined) return repetitionOf(error.statusCode, error.response?.headers);
  return isRepeatableFailure(String(error.code), answeredBefore) ? {} : undefined;
}

function repetitionOf(
  status: number,
  headers: Parameters<typeof retryAfterOf>[0] | undefined,
): { after?: number } | undefined {
  if (!isRepeatableStatus(status)) return undefined;
  const after = headers && retryAfterOf(headers);
  return after !== undefined && after > LONGEST_RETRY_AFTER ? undefined : { after };
}

/** Agents whose connections end by themselves after a silence. */
function impatientAgents(silence: number): { readonly http: HttpAgent; readonly https: HttpsAgent } {
  const options: AgentOptions = { keepAlive: true, maxSockets: 64, maxFreeSockets: 32, timeout: silence };
  const [http, https] = [new HttpAgent(options), new HttpsAgent(options)];
  for (const agent of [http, https]) {
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (...parameters) => {
      const connection = connect(...parameters);
      connection?.on("timeout", () => {
        const error = new Error(`no answer for ${silence / 1000} seconds`);
        connection.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
      });
      return connection;
    };
  }
  return { http, https };
}
