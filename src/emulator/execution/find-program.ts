import { accessSync, constants, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** Whether a program is there: a path of its own, from the working directory on, or a name in one of the folders. */
export function findProgram(
  name: string,
  workingDirectory: string,
  path: string | undefined,
): "found" | "notFound" | "notExecutable" {
  const places = name.includes("/")
    ? [resolve(workingDirectory, name)]
    : (path ?? "/usr/bin:/bin").split(":").map((folder) => join(resolve(workingDirectory, folder), name));
  const looks = places.map(lookAt);
  if (looks.includes("found")) return "found";
  return looks.includes("notExecutable") ? "notExecutable" : "notFound";
}

function lookAt(place: string): "found" | "notFound" | "notExecutable" {
  try {
    if (!statSync(place).isFile()) return "notExecutable";
  } catch {
    return "notFound";
  }
  try {
    accessSync(place, constants.X_OK);
    return "found";
  } catch {
    return "notExecutable";
  }
}
