import type { ResourceFile } from "../../azure/parameters/index.js";
import { checkKeys, checkText } from "../checks.js";
import { type Problem, show } from "../problems.js";
import { checkIdentity, checkList, checkUrl } from "./checks.js";

const KEYS = [
  "httpUrl",
  "storageContainerUrl",
  "autoStorageContainerName",
  "blobPrefix",
  "filePath",
  "fileMode",
  "identityReference",
];
const SOURCES = ["httpUrl", "storageContainerUrl", "autoStorageContainerName"] as const;

/** Checks the files that Batch brings to a node. */
export function checkResourceFiles(
  files: readonly ResourceFile[],
  option: string,
  problems: Problem[],
): readonly ResourceFile[] {
  for (const [index, file] of checkList(files, option, problems).entries()) {
    checkFile(file, `${option}[${index}]`, problems);
  }
  return files;
}

function checkFile(file: ResourceFile, at: string, problems: Problem[]): void {
  if (!checkKeys(file, KEYS, at, problems)) return;
  const { httpUrl, storageContainerUrl, autoStorageContainerName, filePath, fileMode, identityReference } =
    file;
  if (SOURCES.filter((source) => file[source] !== undefined).length !== 1) {
    problems.push({ option: at, says: `needs one of ${SOURCES.join(", ")}` });
  }
  if (httpUrl !== undefined) checkUrl(httpUrl, `${at}.httpUrl`, problems);
  if (storageContainerUrl !== undefined) checkUrl(storageContainerUrl, `${at}.storageContainerUrl`, problems);
  if (autoStorageContainerName !== undefined) {
    checkText(autoStorageContainerName, `${at}.autoStorageContainerName`, problems);
    if (identityReference !== undefined) {
      problems.push({ option: `${at}.identityReference`, says: "is not for autoStorageContainerName" });
    }
  }
  if (file.blobPrefix !== undefined) {
    checkText(file.blobPrefix, `${at}.blobPrefix`, problems);
    if (httpUrl !== undefined) problems.push({ option: `${at}.blobPrefix`, says: "is for containers" });
  }
  if (httpUrl !== undefined || filePath !== undefined) checkFilePath(filePath, `${at}.filePath`, problems);
  if (fileMode !== undefined && (typeof fileMode !== "string" || !/^[0-7]{3,4}$/.test(fileMode))) {
    problems.push({
      option: `${at}.fileMode`,
      says: `is ${show(fileMode)}, and not three or four octal digits`,
    });
  }
  if (identityReference !== undefined) checkIdentity(identityReference, `${at}.identityReference`, problems);
}

/** A path below the working directory, which Batch does not let a file leave. */
function checkFilePath(path: string | undefined, option: string, problems: Problem[]): void {
  checkText(path as string, option, problems);
  if (typeof path === "string" && (/^([/\\]|[A-Za-z]:)/.test(path) || path.split(/[/\\]/).includes(".."))) {
    problems.push({ option, says: `is ${show(path)}, and leaves the working directory` });
  }
}
