/** A parameter that a builder made to set some of its properties. */
export interface ParameterCase {
  /** The method that sets them, as the table shows it: `"priority"`, or `"job"` with a part: `"autoPool({ keepAlive })"`. */
  readonly method: string;
  readonly build: () => object;
  /** The least that can be sent for this case, where it is not the parameter's: a pool with Windows, for one. */
  readonly base?: () => object;
}

/** All there is to know about one parameter. */
export interface ParameterCoverage {
  /** Its name in the service's reference, and in the client library. */
  readonly parameter: string;
  /** The least that can be sent: what a case has beyond it, or otherwise, is what its method sets. */
  readonly base: () => object;
  readonly cases: readonly ParameterCase[];
}
