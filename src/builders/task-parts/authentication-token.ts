import type { AuthenticationTokenSettings } from "../../azure/parameters/index.js";
import { checkOneOf } from "../checks.js";
import type { Problem } from "../problems.js";
import { checkList } from "./checks.js";

/** Checks what a task may do with Batch, and makes the service's parameter of it. */
export function checkTokenAccess(
  access: readonly "job"[],
  option: string,
  problems: Problem[],
): AuthenticationTokenSettings {
  for (const resource of checkList(access, option, problems)) checkOneOf(resource, ["job"], option, problems);
  return { access };
}
