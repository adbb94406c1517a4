import { randomUUID } from "node:crypto";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Service } from "../service.js";
import { versionNumber } from "../wire/api-version.js";
import { requireApiVersion } from "./api-version.js";
import { authenticate, type Credentials } from "./authentication.js";
import { readBody } from "./body.js";
import { answerClientError } from "./client-error.js";
import { endConnectionsWithServer } from "./connections.js";
import { ServiceError } from "./errors.js";
import type { Operation } from "./operation.js";
import { checkQuery } from "./query.js";
import { type BatchRequest, rawPath } from "./request.js";
import { answerMessage, sendError, sendMessage } from "./write-answer.js";

/** What the HTTP server needs beside the service. */
export interface ServerOptions {
  operations: readonly Operation[];
  credentials: Credentials;
  /** Certificate and key in PEM form, for HTTPS. */
  tls: { cert: string; key: string } | undefined;
  /** Told of errors that are the emulator's own fault, which clients see as `InternalError`. */
  onInternalError(error: unknown): void;
}

const largestBody = 4 * 1024 * 1024;
const stalledRequestMilliseconds = 60_000;

/** Makes the HTTP server: it authenticates, routes, runs the operation and writes the answer. */
export function createServer(service: Service, options: ServerOptions): FastifyInstance {
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    const { id, headers, raw } = request;
    const refused = { id, headers, baseUrl: baseUrlOf(request, service) };
    sendError(raw, reply.raw, refused, toServiceError(error, request, options));
  };
  const app = fastify({
    bodyLimit: largestBody,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    requestTimeout: stalledRequestMilliseconds,
    rewriteUrl: (request) => originForm(request.url ?? "/"),
    frameworkErrors: refuse,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, service.url),
    // Longer than a request line can be: the length of a name is for the operations to judge.
    routerOptions: { maxParamLength: 65_536 },
    // Bodies are checked by the operations: no route has a schema, and what compiles them need not be loaded.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    ...(options.tls === undefined ? {} : { https: options.tls }),
  }) as FastifyInstance;

  endConnectionsWithServer(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("onRequest", async (request) => {
    const query = queryOf(request);
    requireApiVersion(query);
    const { method, headers } = request;
    authenticate({ method, headers, rawUrl: request.raw.url ?? "/" }, options.credentials);
    checkQuery(query);
  });
  app.setErrorHandler(refuse);
  app.setNotFoundHandler(async (request) => {
    const known = options.operations.some((operation) => matches(operation.path, request.raw.url ?? "/"));
    throw new ServiceError(known ? "UnsupportedHttpVerb" : "InvalidUri");
  });
  for (const operation of options.operations) addRoute(app, service, operation);
  return app;
}

function addRoute(app: FastifyInstance, service: Service, operation: Operation): void {
  app.route({
    method: operation.method,
    // The router takes a parenthesis after a name for a pattern, so the name gets one.
    url: operation.path.replace(/\((:\w+)\)/, "($1(^[^\\x29]+))"),
    ...(operation.bodyLimit === undefined ? {} : { bodyLimit: operation.bodyLimit }),
    handler: async (request, reply) => {
      const batchRequest = toBatchRequest(request, operation, service);
      const message = answerMessage(operation, batchRequest, await operation.run(service, batchRequest));
      reply.hijack();
      await sendMessage(reply.raw, message);
    },
  });
}

/** Refuses a request that this api-version does not have. */
function requireOperation({ versions = {} }: Operation, apiVersion: string): void {
  const version = versionNumber(apiVersion);
  const { since = 0, until = Number.POSITIVE_INFINITY } = versions;
  if (version < since || version >= until) throw new ServiceError("InvalidUri");
}

function toBatchRequest(request: FastifyRequest, operation: Operation, service: Service): BatchRequest {
  const query = queryOf(request);
  const apiVersion = requireApiVersion(query);
  requireOperation(operation, apiVersion);
  return {
    id: request.id,
    method: request.method,
    baseUrl: baseUrlOf(request, service),
    rawUrl: request.raw.url ?? "/",
    params: request.params as Record<string, string>,
    query,
    headers: request.headers,
    apiVersion,
    body: readBody(operation, request.headers, request.body, apiVersion),
  };
}

// Newer clients write `timeOut` where older ones write `timeout`: the case of names says nothing.
function queryOf(request: FastifyRequest): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(request.query as Record<string, string | string[]>).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value[0]! : value,
    ]),
  );
}

const hostAndPort = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

/** Where the client says it found the emulator; where it really is, if what the client says can be no host. */
function baseUrlOf(request: FastifyRequest, service: Service): string {
  const { host } = request.headers;
  if (host === undefined || !hostAndPort.test(host)) return service.url;
  return `${service.url.startsWith("https:") ? "https" : "http"}://${host}`;
}

function noSchemas(): never {
  throw new Error("No route of the emulator has a schema.");
}

/** A request line may name the whole URL; what is signed and routed is the part behind the host. */
function originForm(url: string): string {
  const rest = url.replace(/^https?:\/\/[^/?]*/i, "");
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function toServiceError(error: unknown, request: FastifyRequest, options: ServerOptions): ServiceError {
  if (error instanceof ServiceError) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new ServiceError("RequestBodyTooLarge");
  if (code === "FST_ERR_BAD_URL") return new ServiceError("RequestUrlFailedToParse");
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new ServiceError("InvalidHeaderValue", [
      { key: "HeaderName", value: "Content-Type" },
      { key: "HeaderValue", value: String(request.headers["content-type"]) },
    ]);
  }
  if (statusCode !== undefined && statusCode < 500) return new ServiceError("InvalidInput");
  options.onInternalError(error);
  return new ServiceError("InternalError");
}

function matches(pattern: string, rawUrl: string): boolean {
  const source = pattern
    .split("/")
    .map((part) => (part === "*" ? ".*" : part.replace(/[()]/g, "\\$&").replace(/:\w+/g, "[^/]+")))
    .join("/");
  return new RegExp(`^${source}$`).test(rawPath(rawUrl));
}
