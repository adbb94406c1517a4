import type { OutputFileParameter } from "../../azure/parameters/index.js";
import { checkKeys, checkOneOf, checkText } from "../checks.js";
import type { Problem } from "../problems.js";
import { checkIdentity, checkList, checkUrl } from "./checks.js";

const CONDITIONS = ["tasksuccess", "taskfailure", "taskcompletion"] as const;

/** Checks the files that Batch uploads from a node. */
export function checkOutputFiles(
  files: readonly OutputFileParameter[],
  option: string,
  problems: Problem[],
): readonly OutputFileParameter[] {
  for (const [index, file] of checkList(files, option, problems).entries()) {
    checkFile(file, `${option}[${index}]`, problems);
  }
  return files;
}

function checkFile(file: OutputFileParameter, at: string, problems: Problem[]): void {
  if (!checkKeys(file, ["filePattern", "destination", "uploadOptions"], at, problems)) return;
  checkText(file.filePattern, `${at}.filePattern`, problems);
  if (checkKeys(file.destination, ["container"], `${at}.destination`, problems)) {
    checkContainer(file.destination.container, `${at}.destination.container`, problems);
  }
  if (checkKeys(file.uploadOptions, ["uploadCondition"], `${at}.uploadOptions`, problems)) {
    const option = `${at}.uploadOptions.uploadCondition`;
    checkOneOf(file.uploadOptions.uploadCondition, CONDITIONS, option, problems);
  }
}

type Container = OutputFileParameter["destination"]["container"];

function checkContainer(container: Container, at: string, problems: Problem[]): void {
  const keys = ["containerUrl", "path", "identityReference", "uploadHeaders"];
  if (!checkKeys(container, keys, at, problems)) return;
  const { containerUrl, path, identityReference, uploadHeaders } = container;
  checkUrl(containerUrl, `${at}.containerUrl`, problems);
  if (path !== undefined) checkText(path, `${at}.path`, problems);
  if (identityReference !== undefined) checkIdentity(identityReference, `${at}.identityReference`, problems);
  if (uploadHeaders === undefined) return;
  for (const [index, header] of checkList(uploadHeaders, `${at}.uploadHeaders`, problems).entries()) {
    const option = `${at}.uploadHeaders[${index}]`;
    if (!checkKeys(header, ["name", "value"], option, problems)) continue;
    checkText(header.name, `${option}.name`, problems);
    if (header.value !== undefined && /[\r\n\0]/.test(String(header.value))) {
      problems.push({ option: `${option}.value`, says: "holds a line break or a NUL character" });
    }
  }
}
