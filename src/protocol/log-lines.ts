/** What one item wrote, as a line (JSON) of a log blob; bounded by the node runner, which keeps the beginning and the end of each stream. */
export interface LogLine {
  readonly offset: number;
  readonly attempt: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole log blob. */
export function formatLogs(lines: readonly LogLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The inverse of {@link formatLogs}. */
export function parseLogs(text: string): LogLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LogLine);
}
