/** Kills all processes of a group; there need be none left. */
export function killGroup(group: number): void {
  kill(-group);
}

/** Kills one process; it need not be there any more. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
