import type { ProgressMeter } from "./progress-meter.js";
import type { ResolvedOptions } from "./resolve-options.js";
import type { RunProgress } from "./run.js";

/** Shows a run's progress as its option `progress` says. */
export function showProgress(meter: ProgressMeter, progress: ResolvedOptions["progress"]): void {
  if (progress !== false) meter.listen(progress === true ? progressLine() : progress);
}

/** A listener that keeps one line of progress on a terminal, or prints a line now and then where there is none. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr): (progress: RunProgress) => void {
  let printed = 0;
  return (progress) => {
    const ended = progress.phase === "ended";
    if (stream.isTTY) {
      stream.write(`\r\u001b[2K${formatProgress(progress)}${ended ? "\n" : ""}`);
      return;
    }
    if (!ended && performance.now() - printed < 5000 && printed !== 0) return;
    printed = performance.now();
    stream.write(`${formatProgress(progress)}\n`);
  };
}

/** One line: `running on azure · 120 of 1000 items · 2 failed · 4 nodes · 35.2/s · 25 s left`. */
export function formatProgress(progress: RunProgress): string {
  const done = progress.fulfilled + progress.rejected;
  const parts = [
    progress.engine === undefined ? progress.phase : `${progress.phase} on ${progress.engine}`,
    `${done} of ${progress.total ?? `${progress.taken}+`} items`,
  ];
  if (progress.rejected > 0) parts.push(`${progress.rejected} failed`);
  parts.push(`${progress.tasks} tasks`, `${progress.nodes} nodes`);
  if (progress.rate > 0) parts.push(`${progress.rate.toFixed(1)}/s`);
  if (progress.phase === "ended") parts.push(`${progress.seconds.toFixed(1)} s`);
  else if (progress.secondsLeft !== undefined) parts.push(`${Math.ceil(progress.secondsLeft)} s left`);
  return parts.join(" · ");
}
