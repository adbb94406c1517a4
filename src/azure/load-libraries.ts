/** Loads Microsoft's client of Blob Storage ahead of its first use: it takes about as long as a local engine takes to start. */
export async function loadLibraries(): Promise<void> {
  await import("@azure/storage-blob");
}
