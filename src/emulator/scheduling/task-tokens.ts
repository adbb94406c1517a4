import { randomBytes } from "node:crypto";
import type { Service } from "../service.js";
import type { JobRecord } from "../state/job.js";
import type { TaskRecord } from "../state/task.js";

/** The variable with a token for the operations on its own job, if the task asked for one. */
export function tokenEnvironment(service: Service, task: TaskRecord): Record<string, string> {
  if (!task.spec.authenticationTokenSettings?.access?.includes("job")) return {};
  const token = randomBytes(32).toString("base64url");
  service.account.taskTokens.set(token, task.job);
  return { AZ_BATCH_AUTHENTICATION_TOKEN: token };
}

/** Takes back all tokens of a job. */
export function revokeTokens(service: Service, job: JobRecord): void {
  for (const [token, owner] of service.account.taskTokens) {
    if (owner === job) service.account.taskTokens.delete(token);
  }
}
