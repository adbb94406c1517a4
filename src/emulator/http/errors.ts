import type { JsonObject } from "../wire/json.js";

/** One `values` entry of an error body. */
export interface ErrorValue {
  key: string;
  value: string;
}

// Status and message of each code, from Microsoft's status code pages and recorded answers.
const catalogue = {
  AccountIsDisabled: [403, "The specified account is disabled."],
  ActiveJobAndScheduleQuotaReached: [
    409,
    "The active job and job schedule quota for the account has been reached.",
  ],
  ApplicationNotFound: [404, "The specified application does not exist."],
  AuthenticationFailed: [
    403,
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
  ],
  AutoScalingFormulaSyntaxError: [400, "The specified autoscaling formula has a syntax error."],
  AutoScalingFormulaTooLong: [400, "The specified autoscaling formula is too long."],
  CertificateBeingDeleted: [
    409,
    "The specified certificate has been marked for deletion and is being deleted.",
  ],
  CertificateExists: [409, "The specified certificate already exists."],
  CertificateNotFound: [404, "The specified certificate does not exist."],
  CertificateStateActive: [409, "The specified certificate is in the active state."],
  ConditionNotMet: [412, "The condition specified using HTTP conditional header(s) is not met."],
  EmptyMetadataKey: [400, "The key for one of the metadata key-value pairs is empty."],
  FileNotFound: [404, "The specified file does not exist."],
  Forbidden: [403, "Access is Forbidden"],
  InsufficientAccountPermissions: [
    403,
    "The account being accessed does not have sufficient permissions to execute this operation.",
  ],
  IOError: [403, "The input or output operation on the resource failed."],
  InternalError: [500, "Server encountered an internal error. Please try again after some time."],
  InvalidApplicationPackageReferences: [
    409,
    "One or more of the specified application package references are invalid.",
  ],
  InvalidAuthenticationInfo: [
    400,
    "Authentication information is not given in the correct format. Check the value of Authorization header.",
  ],
  InvalidAutoScalingSettings: [400, "The specified autoscaling settings are invalid."],
  InvalidHeaderValue: [400, "The value for one of the HTTP headers is not in the correct format."],
  InvalidHttpVerb: [400, "The HTTP verb specified is invalid."],
  InvalidInput: [400, "One of the request inputs is not valid."],
  InvalidPropertyValue: [400, "The value provided for one of the properties in the request body is invalid."],
  InvalidQueryParameterValue: [
    400,
    "Value for one of the query parameters specified in the request URI is invalid.",
  ],
  InvalidRange: [416, "The range specified is invalid for the current size of the resource."],
  InvalidRequestBody: [400, "The specified Request Body is not syntactically valid."],
  InvalidUri: [400, "The requested URI does not represent any resource on the server."],
  JobBeingDeleted: [409, "The specified job has been marked for deletion and is being garbage collected."],
  JobBeingTerminated: [409, "The specified job is being terminated."],
  JobCompleted: [409, "The specified job is already in a completed state."],
  JobDisabled: [409, "The specified job is disabled."],
  JobExists: [409, "The specified job already exists."],
  JobNotActive: [409, "The specified job is not in active state."],
  JobNotFound: [404, "The specified job does not exist."],
  JobPreparationTaskNotRunOnNode: [
    404,
    "The specified job preparation task did not run on the specified node.",
  ],
  JobPreparationTaskOrReleaseTaskNotSpecified: [
    409,
    "The specified job does not have either job preparation task or job release task.",
  ],
  JobScheduleBeingDeleted: [
    409,
    "The specified job schedule has been marked for deletion and is being garbage collected.",
  ],
  JobScheduleBeingTerminated: [409, "The specified job schedule is being terminated."],
  JobScheduleCompleted: [409, "The specified job schedule is already in a completed state."],
  JobScheduleDisabled: [409, "The specified job schedule is disabled."],
  JobScheduleExists: [409, "The specified job schedule already exists."],
  JobScheduleNotFound: [404, "The specified job schedule does not exist."],
  JobScheduleWithSameIdExists: [409, "A job schedule with the same id already exists."],
  JobWithSameIdExists: [409, "A job with the same id already exists."],
  MissingContentLengthHeader: [411, "Content-Length header not specified."],
  MissingRequiredHeader: [400, "An HTTP header that's mandatory for this request is not specified."],
  MissingRequiredProperty: [400, "A required property was not specified in the request body."],
  MissingRequiredQueryParameter: [
    400,
    "A query parameter that's mandatory for this request is not specified.",
  ],
  MultipleConditionHeadersNotSupported: [400, "Multiple condition headers are not supported."],
  NodeAlreadyInTargetSchedulingState: [409, "The specified node is already in the target scheduling state."],
  NodeBeingCreated: [409, "The specified node is being created."],
  NodeBeingRebooted: [409, "The specified node is being rebooted."],
  NodeBeingReimaged: [409, "The specified node is being reimaged."],
  NodeBeingStarted: [409, "The specified node is being started."],
  NodeNotFound: [404, "The specified node does not exist."],
  NodeNotReady: [409, "The specified node is not ready."],
  NodeStateUnusable: [409, "The specified node is in the unusable state."],
  NodeUserExists: [409, "The specified node user already exists."],
  NodeUserNotFound: [404, "The specified node user does not exist."],
  OperationInvalidForCurrentState: [
    409,
    "The specified operation is not valid for the current state of the resource.",
  ],
  OperationNotValidOnNode: [409, "The specified operation is not valid on the node."],
  OperationNotValidOnPool: [409, "The specified operation is not valid on the pool."],
  OperationTimedOut: [500, "Operation could not be completed within the specified time."],
  OutOfRangeInput: [400, "A value is out of range."],
  OutOfRangeQueryParameterValue: [
    400,
    "A query parameter specified in the request URI is outside the permissible range.",
  ],
  PoolBeingCreated: [409, "The specified pool is being created."],
  PoolBeingDeleted: [409, "The specified pool has been marked for deletion and is being reclaimed."],
  PoolBeingResized: [409, "The specified pool is being resized."],
  PoolExists: [409, "The specified pool already exists."],
  PoolNotFound: [404, "The specified pool does not exist."],
  PoolQuotaReached: [409, "The pool quota for the account has been reached."],
  RequestBodyTooLarge: [413, "The request body is too large and exceeds the maximum permissible limit."],
  RequestUrlFailedToParse: [400, "The url in the request could not be parsed."],
  ResourceNotFound: [404, "The specified resource does not exist."],
  ServerBusy: [503, "Server is currently unable to receive requests. Please retry your request."],
  TaskCompleted: [409, "The specified task is already in a completed state."],
  TaskDependenciesNotSpecifiedOnJob: [400, "The job does not use task dependencies."],
  TaskDependencyListTooLong: [400, "The list of task ids in the task dependencies is too long."],
  TaskDependencyRangesTooLong: [400, "The list of task id ranges in the task dependencies is too long."],
  TaskExists: [409, "The specified task already exists."],
  TaskFilesCleanedup: [409, "The files of the specified task have been cleaned up."],
  TaskFilesUnavailable: [409, "The files of the specified task are not available."],
  TaskIdSameAsJobPreparationTask: [
    409,
    "The specified task id is the same as that of the job preparation task.",
  ],
  TaskIdSameAsJobReleaseTask: [409, "The specified task id is the same as that of the job release task."],
  TaskNotCompleted: [409, "The specified task is not in a completed state."],
  TaskNotFound: [404, "The specified task does not exist."],
  TaskSucceeded: [409, "The specified task has succeeded."],
  TooManyEnableAutoScaleRequests: [503, "There are too many requests to enable autoscale on the pool."],
  UnsupportedHttpVerb: [405, "The resource doesn't support specified HTTP verb."],
  UnsupportedProperty: [400, "One of the properties in the request body is not supported."],
  UnsupportedQueryParameter: [400, "One of the query parameters in the request URI is not supported."],
  UnsupportedRequestVersion: [400, "The specified api version string is invalid."],
} as const satisfies Record<string, readonly [status: number, message: string]>;

/** The service's error codes that the emulator answers with. */
export type ErrorCode = keyof typeof catalogue;

/** A refusal in the service's own terms; the HTTP layer turns it into the status and body the service would send. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly status: number;

  constructor(
    readonly code: ErrorCode,
    readonly values: ErrorValue[] = [],
    status?: number,
  ) {
    super(catalogue[code][1]);
    this.status = status ?? catalogue[code][0];
  }
}

/** What the service tells of a refusal: of a request, or of one task of a collection. */
export function errorBody(requestId: string, { code, message, values }: ServiceError): JsonObject {
  // With all seven digits of the fraction here, also where they are zero.
  const time = new Date().toISOString().replace("Z", "0000Z");
  const text = `${message}\nRequestId:${requestId}\nTime:${time}`;
  return {
    code,
    message: { lang: "en-US", value: text },
    values: values.length > 0 ? values.map(({ key, value }) => ({ key, value })) : undefined,
  };
}

/** A property of the request body has a value the service does not take. */
export function invalidProperty(name: string, value: unknown, reason: string): ServiceError {
  return new ServiceError("InvalidPropertyValue", [
    { key: "PropertyName", value: name },
    { key: "PropertyValue", value: typeof value === "string" ? value : JSON.stringify(value ?? null) },
    { key: "Reason", value: reason },
  ]);
}

/** A request body that cannot be read as what the operation takes. */
export function unreadableBody(reason: string): ServiceError {
  return new ServiceError("InvalidRequestBody", [{ key: "Reason", value: reason }]);
}

/** A property the service demands is not in the request body. */
export function missingProperty(name: string): ServiceError {
  return new ServiceError("MissingRequiredProperty", [{ key: "PropertyName", value: name }]);
}

/** A query parameter has a value the service does not take. */
export function invalidQuery(name: string, value: string, reason: string): ServiceError {
  return new ServiceError("InvalidQueryParameterValue", [
    { key: "QueryParameterName", value: name },
    { key: "QueryParameterValue", value },
    { key: "Reason", value: reason },
  ]);
}
