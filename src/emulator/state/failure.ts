/** Why a task failed: what the service calls `failureInfo`. */
export interface FailureInfo {
  category: "UserError" | "ServerError";
  code: string;
  message: string;
  details?: { name: string; value: string }[];
}

/** The process ended, with a code that is not zero. */
export const exitCodeFailure: FailureInfo = {
  category: "UserError",
  code: "FailureExitCode",
  message: "The task exited with an exit code representing a failure",
  details: [
    { name: "Message", value: "The task process exited with an unexpected exit code" },
    { name: "AdditionalErrorCode", value: "FailureExitCode" },
  ],
};

/** Someone ended the task: terminate, or disabling, resizing and rebooting with the option `terminate`. */
export const endedByUser: FailureInfo = {
  category: "UserError",
  code: "TaskEnded",
  message: "Task Was Ended by User Request",
};

/** The task ran longer than its `maxWallClockTime`. */
export const wallClockExceeded: FailureInfo = {
  category: "ServerError",
  code: "TaskEnded",
  message: "The task was ended by user request",
  details: [
    { name: "Message", value: "The maximum execution time configured on the task was exceeded" },
    { name: "AdditionalErrorCode", value: "FailureExitCode" },
  ],
};

export const programNotFound: FailureInfo = {
  category: "UserError",
  code: "CommandProgramNotFound",
  message: "The specified command program is not found",
  details: [{ name: "Message", value: "The system cannot find the file specified" }],
};

/** Something went wrong that nobody foresaw. */
export const unknownFailure: FailureInfo = {
  category: "ServerError",
  code: "Unknown",
  message: "An unknown error occurred",
};

/** The node cannot hold the task's files. */
export function diskFailure(error: NodeJS.ErrnoException): FailureInfo {
  const full = error.code === "ENOSPC" || error.code === "EDQUOT";
  return {
    category: "ServerError",
    code: full ? "DiskFull" : "ResourceDirectoryCreateFailed",
    message: full ? "There is not enough disk space on the node" : "Failed to create the task's directory",
    details: [{ name: "Message", value: error.message }],
  };
}

/** The program exists, but the system would not start it. */
export function launchFailure(reason: string): FailureInfo {
  return {
    category: "UserError",
    code: "CommandLaunchFailed",
    message: "Failed to launch the specified command line",
    details: [{ name: "Message", value: reason }],
  };
}
