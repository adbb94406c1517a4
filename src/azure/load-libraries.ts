/** Loads Microsoft's clients ahead of their first use: they take about as long as a local engine takes to start. */
export async function loadLibraries(): Promise<void> {
  await Promise.all([import("@azure/batch"), import("@azure/storage-blob")]);
}
