import type { ApplicationPackageReference } from "../../azure/parameters/index.js";
import { checkResourceId } from "../azure-resource.js";
import { checkEach, checkKeys, checkText } from "../checks.js";
import type { Problem } from "../problems.js";

const MOST = 10;
const APPLICATION = {
  provider: "Microsoft.Batch/batchAccounts/*/applications/*",
  example: "Microsoft.Batch/batchAccounts/account/applications/name",
};

export function applicationPackages(
  packages: readonly ApplicationPackageReference[],
  problems: Problem[],
): ApplicationPackageReference[] {
  const option = "pool.applicationPackages";
  const made = checkEach(packages, option, problems, (one, at) => {
    checkKeys(one, ["applicationId", "version"], at, problems);
    const { applicationId, version } = one ?? {};
    return {
      applicationId: checkResourceId(applicationId, APPLICATION, `${at}.applicationId`, problems),
      ...(version !== undefined && { version: checkText(version, `${at}.version`, problems) }),
    };
  });
  if (made.length > MOST) {
    problems.push({ option, says: `has ${made.length} packages, and Batch takes ${MOST} for a pool` });
  }
  return made;
}
