import type { VMExtension } from "../../azure/parameters/index.js";
import { checkBoolean, checkDistinct, checkEach, checkKeys, checkText, checkTexts } from "../checks.js";
import type { Problem } from "../problems.js";

const KEYS = [
  "name",
  "publisher",
  "type",
  "typeHandlerVersion",
  "autoUpgradeMinorVersion",
  "settings",
  "protectedSettings",
  "provisionAfterExtensions",
];

export function extensions(list: readonly VMExtension[], problems: Problem[]): VMExtension[] {
  const made = checkEach(list, "pool.extensions", problems, (extension, at) =>
    makeExtension(extension, at, problems),
  );
  checkDistinct(
    made.map(({ name }, index) => [`pool.extensions[${index}].name`, name]),
    problems,
  );
  const names = made.map(({ name }) => name);
  for (const [index, { name, provisionAfterExtensions = [] }] of made.entries()) {
    for (const [place, before] of provisionAfterExtensions.entries()) {
      if (before !== name && names.includes(before)) continue;
      const option = `pool.extensions[${index}].provisionAfterExtensions[${place}]`;
      problems.push({ option, says: `is ${JSON.stringify(before)}, and no other extension of the pool` });
    }
  }
  return made;
}

function makeExtension(extension: VMExtension, at: string, problems: Problem[]): VMExtension {
  checkKeys(extension, KEYS, at, problems);
  const {
    name,
    publisher,
    type,
    typeHandlerVersion,
    autoUpgradeMinorVersion,
    settings,
    protectedSettings,
    provisionAfterExtensions,
  } = extension ?? {};
  return {
    name: checkText(name, `${at}.name`, problems),
    publisher: checkText(publisher, `${at}.publisher`, problems),
    type: checkText(type, `${at}.type`, problems),
    ...(typeHandlerVersion !== undefined && {
      typeHandlerVersion: checkText(typeHandlerVersion, `${at}.typeHandlerVersion`, problems),
    }),
    ...(autoUpgradeMinorVersion !== undefined && {
      autoUpgradeMinorVersion: checkBoolean(
        autoUpgradeMinorVersion,
        `${at}.autoUpgradeMinorVersion`,
        problems,
      ),
    }),
    ...(settings !== undefined && { settings: checkObject(settings, `${at}.settings`, problems) }),
    ...(protectedSettings !== undefined && {
      protectedSettings: checkObject(protectedSettings, `${at}.protectedSettings`, problems),
    }),
    ...(provisionAfterExtensions !== undefined && {
      provisionAfterExtensions: checkTexts(
        provisionAfterExtensions,
        `${at}.provisionAfterExtensions`,
        problems,
      ),
    }),
  };
}

/** An object of the extension's own; what is in it may be secret. */
function checkObject(
  value: Readonly<Record<string, unknown>>,
  option: string,
  problems: Problem[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    problems.push({ option, says: "is no object" });
  return value;
}
