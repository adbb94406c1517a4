import type { IdentityReference } from "../../azure/parameters/index.js";
import { checkKeys, checkText } from "../checks.js";
import { type Problem, show } from "../problems.js";

/** A list; an empty one in the place of what is none. */
export function checkList<T>(list: readonly T[], option: string, problems: Problem[]): readonly T[] {
  if (Array.isArray(list)) return list;
  problems.push({ option, says: `is ${show(list)}, and not an array` });
  return [];
}

/** A URL, which no message may show: it may have a SAS. */
export function checkUrl(url: string, option: string, problems: Problem[]): string {
  if (typeof url !== "string" || !/^https?:\/\/[^\s/]/i.test(url) || !URL.canParse(url)) {
    problems.push({ option, says: "is no http or https URL" });
  }
  return url;
}

/** A managed identity. */
export function checkIdentity(
  identity: IdentityReference,
  option: string,
  problems: Problem[],
): IdentityReference {
  if (checkKeys(identity, ["resourceId"], option, problems)) {
    checkText(identity.resourceId, `${option}.resourceId`, problems);
  }
  return identity;
}

export function checkBoolean(value: boolean, option: string, problems: Problem[]): boolean {
  if (typeof value !== "boolean") problems.push({ option, says: `is ${show(value)}, and not true or false` });
  return value;
}
