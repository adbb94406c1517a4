import type { Agent } from "node:http";
import { Socket } from "node:net";
import type { HttpOperationResponse, RequestPolicyFactory, RestError } from "@azure/storage-blob";
import { systemClock } from "../clock.js";
import { isRepeatableFailure, isRepeatableStatus } from "./network-failures.js";
import { type Agents, type ProxyChoice, pooledAgents } from "./proxy.js";
import { delayAfter, LONGEST_RETRY_AFTER, type RetryPolicy, retryAfterOf } from "./retry.js";

/*
 * The client library's own retries do not know that a gateway may fail (502, 504) or a service throttle (429), nor what
 * `Retry-After` asks for, and its connections wait for ever for an answer that does not come. So it makes one try, and these
 * are ours.
 */

/** Milliseconds without a byte in either direction after which a connection is given up. */
const LONGEST_SILENCE = 60_000;

/** Repeats requests to Blob Storage, as a part of the client library's pipeline: each try is signed for itself. */
export function repeatingRequests(
  policy: RetryPolicy,
  proxy: ProxyChoice,
  silence = LONGEST_SILENCE,
): RequestPolicyFactory {
  const agents = impatientAgents(proxy, silence);
  let answeredBefore = false;

  return {
    create: (next) => ({
      async sendRequest(request) {
        // Whatever the library has chosen: its own choice of a proxy knows less of NO_PROXY.
        request.agent = agents.of(request.url);
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
function impatientAgents(proxy: ProxyChoice, silence: number): Agents {
  const options = { keepAlive: true, maxSockets: 64, maxFreeSockets: 32, timeout: silence };
  return pooledAgents(proxy, options, (agent) => endWhenSilent(agent, silence));
}

function endWhenSilent(agent: Agent, silence: number): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...parameters) => {
    const connection = connect(...parameters);
    if (connection instanceof Socket) {
      // Also where a proxy made the connection, which knows nothing of the option.
      connection.setTimeout(silence);
      connection.on("timeout", () => {
        const error = new Error(`no answer for ${silence / 1000} seconds`);
        connection.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
      });
    }
    return connection;
  };
}
