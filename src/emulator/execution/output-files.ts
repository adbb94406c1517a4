import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FailureInfo } from "../state/failure.js";
import type { OutputFile } from "../state/specs.js";
import { blobUrl } from "./blob-container.js";
import { type UploadResult, uploadBlob } from "./blob-upload.js";
import { findFiles, type MatchedFile } from "./file-patterns.js";
import { IdentityFailure, type SignIn } from "./managed-identities.js";

/** Where a task's output is and how it ended. */
export interface FinishedTask {
  directory: string;
  workingDirectory: string;
  environment: Record<string, string>;
  succeeded: boolean;
}

/** Uploads what a finished task's output patterns ask for; returns the first failure. Its log lies beside stdout.txt. */
export async function uploadOutputFiles(
  outputs: readonly OutputFile[],
  task: FinishedTask,
  signIn: SignIn,
  signal: AbortSignal,
): Promise<FailureInfo | undefined> {
  const wanted = outputs.filter((output) => appliesTo(output.uploadOptions.uploadCondition, task.succeeded));
  if (wanted.length === 0) return undefined;

  const log = join(task.directory, "fileuploadout.txt");
  const errorLog = join(task.directory, "fileuploaderr.txt");
  await writeFile(log, "");
  await writeFile(errorLog, "");
  let first: FailureInfo | undefined;
  for (const output of wanted) {
    const failure = await uploadPattern(output, task, { log, signIn }, signal);
    if (failure === undefined) continue;
    await appendFile(errorLog, `${output.filePattern}: ${failure.code}: ${failure.message}\n`);
    first ??= failure;
  }
  return first;
}

function appliesTo(condition: string, succeeded: boolean): boolean {
  return condition === "TaskCompletion" || condition === (succeeded ? "TaskSuccess" : "TaskFailure");
}

async function uploadPattern(
  output: OutputFile,
  task: FinishedTask,
  { log, signIn }: { readonly log: string; readonly signIn: SignIn },
  signal: AbortSignal,
): Promise<FailureInfo | undefined> {
  const { wildcard, files } = await findFiles(output.filePattern, task.workingDirectory, task.environment);
  if (!wildcard && files.length === 0) {
    return failure("FileUploadMiscError", "The specified file does not exist", output.filePattern);
  }
  for (const file of files) {
    const { containerUrl, path, uploadHeaders, identityReference } = output.destination.container;
    const headers = Object.fromEntries((uploadHeaders ?? []).map(({ name, value }) => [name, value ?? ""]));
    const url = blobUrl(containerUrl, blobName(file, path, wildcard));
    try {
      const access = await signIn(identityReference, signal);
      const result = await uploadBlob(url, file.path, { ...headers, ...access }, signal);
      if (result.status !== 201) return uploadFailure(result, output.filePattern);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof IdentityFailure) {
        const message = "Access was denied while attempting to upload an output file";
        return failure("FileUploadAccessDenied", message, output.filePattern, reason);
      }
      return failure(
        "FileUploadMiscError",
        "An output file could not be uploaded",
        output.filePattern,
        reason,
      );
    }
    await appendFile(log, `uploaded ${file.path} to ${url.split("?")[0]}\n`);
  }
  return undefined;
}

function blobName(file: MatchedFile, path: string | undefined, wildcard: boolean): string {
  const place = path?.replace(/\/+$/, "") ?? "";
  if (place === "") return file.blobName;
  return wildcard ? `${place}/${file.blobName}` : place;
}

function uploadFailure(result: UploadResult, pattern: string): FailureInfo {
  const reason = `HTTP status ${result.status}${result.code === undefined ? "" : `, ${result.code}`}`;
  if (result.status === 404) {
    const message =
      "One of the specified Azure container(s) was not found while attempting to upload an output file";
    return failure("FileUploadContainerNotFound", message, pattern, reason);
  }
  if (result.status === 401 || result.status === 403) {
    const message = "Access was denied while attempting to upload an output file";
    return failure("FileUploadAccessDenied", message, pattern, reason);
  }
  if (result.status === 409 || result.status === 412) {
    return failure(
      "FileUploadConflict",
      "A conflict occurred while uploading an output file",
      pattern,
      reason,
    );
  }
  return failure("FileUploadMiscError", "An output file could not be uploaded", pattern, reason);
}

function failure(code: string, message: string, pattern: string, reason?: string): FailureInfo {
  const details = [{ name: "FilePattern", value: pattern }];
  if (reason !== undefined) details.push({ name: "Message", value: reason });
  return { category: "UserError", code, message, details };
}
