import type { ItemFailure } from "../../protocol/outcome-part.js";

/** The failure of an item whose worker died while it ran. */
export function crashFailure(
  code: number | null,
  signal: NodeJS.Signals | null,
  stderr: string,
): ItemFailure {
  const outOfMemory = /heap out of memory/.test(stderr);
  if (signal !== null) {
    const why = outOfMemory
      ? " (its JavaScript heap ran out of memory)"
      : signal === "SIGKILL"
        ? " (the node may have run out of memory)"
        : "";
    return {
      code: "Crashed",
      message: `The process was killed by ${signal}${why} while it ran the item.`,
      signal,
    };
  }
  if (code === null) return { code: "Crashed", message: "The process could not be started." };
  const how = code === 0 || !outOfMemory ? " (process.exit?)" : " (its JavaScript heap ran out of memory)";
  return {
    code: "Crashed",
    message: `The function ended the process with exit code ${code}${how}.`,
    exitCode: code,
  };
}
