import { ServiceError } from "../../errors/index.js";

const CODES = {
  pool: "PoolNotFound",
  node: "NodeNotFound",
  job: "JobNotFound",
  "job schedule": "JobScheduleNotFound",
  task: "TaskNotFound",
} as const;

/** What the service says of something that is not there, for whoever asked what it is like. */
export function missing(what: keyof typeof CODES, name: string): ServiceError {
  return new ServiceError(`There is no ${what} ${name}.`, {
    service: "batch",
    code: CODES[what],
    statusCode: 404,
    operation: `get ${what} ${name}`,
  });
}
