/** A detail of an error that a resource tells of. */
export interface NameValue {
  /** What the detail is about. */
  readonly name?: string;
  /** What it is. */
  readonly value?: string;
}

/**
 * Why a task has failed, apart from its program's own words.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/task/get#taskfailureinformation
 */
export interface FailureInfo {
  /** Whether the user's part failed or the service's: `"UserError"`, `"ServerError"`. */
  readonly category: string;
  /** The service's code: `"FailureExitCode"`. */
  readonly code?: string;
  /** The same for people. */
  readonly message?: string;
  /** More about it. */
  readonly details?: readonly NameValue[];
}

/** An error that a pool or a node tells of. */
export interface ResourceError {
  /** The service's code: `"AccountCoreQuotaReached"`. */
  readonly code?: string;
  /** The same for people. */
  readonly message?: string;
  /** More about it. */
  readonly values?: readonly NameValue[];
}

/** What all that the account holds tells of itself. Times are ISO 8601 in UTC, as the service writes them. */
export interface ResourceProperties {
  /** Where it is in the REST API. */
  readonly url: string;
  /** Changes with each change of the resource. */
  readonly eTag: string;
  /** When the resource itself was changed last; not when its tasks or nodes were. */
  readonly lastModified: string;
  /** When it was made. */
  readonly creationTime: string;
}

/** What a container told at the end of a task. */
export interface TaskContainerExecutionInfo {
  /** The container's id. */
  readonly containerId?: string;
  /** Its state, as the container runtime names it. */
  readonly state?: string;
  /** What the container runtime says went wrong. */
  readonly error?: string;
}
