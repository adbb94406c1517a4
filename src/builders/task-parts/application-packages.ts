import type { ApplicationPackageReference } from "../../azure/parameters/index.js";
import { checkKeys, checkText } from "../checks.js";
import type { Problem } from "../problems.js";
import { checkList } from "./checks.js";

/** Checks the application packages that Batch brings to a node. */
export function checkApplicationPackages(
  packages: readonly ApplicationPackageReference[],
  option: string,
  problems: Problem[],
): readonly ApplicationPackageReference[] {
  for (const [index, reference] of checkList(packages, option, problems).entries()) {
    const at = `${option}[${index}]`;
    if (!checkKeys(reference, ["applicationId", "version"], at, problems)) continue;
    checkText(reference.applicationId, `${at}.applicationId`, problems);
    if (reference.version !== undefined) checkText(reference.version, `${at}.version`, problems);
  }
  return packages;
}
