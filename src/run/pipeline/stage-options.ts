import { InvalidArgumentError } from "../../errors/index.js";
import { CHECKS, checkNames, type ResolvedOptions } from "../resolve-options.js";
import type { MapOptions, ReduceOptions } from "./compose-options.js";

/** The checked options of a run that goes on with another one. */
export type ResolvedMapOptions = Pick<
  ResolvedOptions,
  "retries" | "timeout" | "onError" | "shared" | "files" | "env" | "workersPerTask" | "signal" | "progress"
>;

/** The checked options of a reduction. */
export interface ResolvedReduceOptions extends Pick<ResolvedOptions, "retries" | "timeout" | "signal"> {
  readonly initial: { readonly value: unknown } | undefined;
  readonly onItemFailure: "reject" | "skip";
}

const MAP_OPTIONS = [
  ...["retries", "timeout", "onError", "shared", "files", "env"],
  ...["workersPerTask", "signal", "progress"],
];
const REDUCE_OPTIONS = ["initial", "onItemFailure", "retries", "timeout", "signal"];

/** @throws InvalidArgumentError for the first option that cannot be used. */
export function resolveMapOptions(options: MapOptions<unknown>): ResolvedMapOptions {
  checkStageNames("map", options, MAP_OPTIONS);
  return {
    retries: CHECKS.retries(options.retries),
    timeout: CHECKS.timeout(options.timeout),
    onError: CHECKS.onError(options.onError),
    shared: CHECKS.shared(options.shared),
    files: CHECKS.files(options.files),
    env: CHECKS.env(options.env),
    workersPerTask: CHECKS.workersPerTask(options.workersPerTask),
    signal: CHECKS.signal(options.signal),
    progress: CHECKS.progress(options.progress),
  };
}

/** @throws InvalidArgumentError for the first option that cannot be used. */
export function resolveReduceOptions(options: ReduceOptions<unknown>): ResolvedReduceOptions {
  checkStageNames("reduce", options, REDUCE_OPTIONS);
  const { onItemFailure = "reject" } = options;
  if (onItemFailure !== "reject" && onItemFailure !== "skip") {
    throw new InvalidArgumentError('The option onItemFailure must be one of "reject", "skip".', {
      option: "onItemFailure",
    });
  }
  return {
    initial: "initial" in options ? { value: options.initial } : undefined,
    onItemFailure,
    retries: CHECKS.retries(options.retries),
    timeout: CHECKS.timeout(options.timeout),
    signal: CHECKS.signal(options.signal),
  };
}

function checkStageNames(method: "map" | "reduce", options: object, known: readonly string[]): void {
  checkNames(method, options, known, (name) =>
    Object.hasOwn(CHECKS, name)
      ? `The option ${name} is the first run's, whose job this is: give it to runParallel. ${method} has: ${known.join(", ")}.`
      : undefined,
  );
}
