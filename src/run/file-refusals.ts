import { resolve } from "node:path";
import { InvalidArgumentError } from "../errors/index.js";

/* What is said of a file of this computer that cannot be brought to the nodes. */

/** It is not there, or cannot be read; `option` says who asked for it. */
export function unreadable(path: string, cause: unknown, option: string): InvalidArgumentError {
  const why =
    (cause as NodeJS.ErrnoException).code === "ENOENT"
      ? "does not exist"
      : `cannot be read (${(cause as Error).message})`;
  return new InvalidArgumentError(`The file ${resolve(path)} of ${option} ${why}.`, { option, cause });
}

/** It is not what it was when it was first mentioned. */
export function changed(path: string, option: string): InvalidArgumentError {
  return new InvalidArgumentError(`The file ${resolve(path)} changed while it was uploaded.`, { option });
}
