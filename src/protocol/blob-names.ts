/* The layout of a run's container. Client and node runner agree on it here and nowhere else. */

function padded(chunk: number): string {
  return String(chunk).padStart(8, "0");
}

/** What the run is, for another process than the one that began it. */
export const MANIFEST = "manifest.json";

/** How many items the run has, where that was not known before all were taken. */
export const INPUT_END = "input-end.json";

/** Why items have no outcome of a node, once the run has ended. */
export const LOSSES = "losses.json";

/** What the names of packed inputs begin with. */
export const INPUTS = "inputs/";

/** Packed inputs of chunks, by the number of the pack. */
export function inputBlob(pack: number): string {
  return `${INPUTS}${padded(pack)}`;
}

/** Part `part` (from 0, without gaps) of a chunk's outcomes. */
export function outcomeBlob(chunk: number, part: number): string {
  return `${outcomePrefix(chunk)}${String(part).padStart(6, "0")}`;
}

/** What the names of a chunk's outcome parts begin with. */
export function outcomePrefix(chunk: number): string {
  return `${OUTCOMES}${padded(chunk)}/`;
}

/** What the names of the outcome parts begin with whose chunks' numbers have all but the last two digits in common. */
export function outcomePrefixOfHundred(chunk: number): string {
  return `${OUTCOMES}${padded(chunk).slice(0, -2)}`;
}

/** What the names of all outcome parts begin with. */
export const OUTCOMES = "outcomes/";

/** The chunk and part that an outcome blob holds. */
export function parseOutcomeBlob(name: string): { chunk: number; part: number } {
  const [, chunk, part] = name.split("/");
  return { chunk: Number(chunk), part: Number(part) };
}

/** What the items of a chunk wrote to their output and error streams, beside the outcome part of the same number. */
export function logBlob(chunk: number, part: number): string {
  return `${LOGS}${padded(chunk)}/${String(part).padStart(6, "0")}`;
}

/** What the names of all log blobs begin with. */
export const LOGS = "logs/";

/** A file that an item gave back. The attempt is in the name, so that what a lost attempt wrote is never taken for its. */
export function resultFileBlob(index: number, writer: string, name: string): string {
  return `results/${index}/${writer}/${name}`;
}

/**
 * Small input files of items, by the number of the pack. Each of a job's runs packs for itself, under what its id has beside
 * the first one's: `run/map-1` has its packs in `packs/map-1/`.
 */
export function packBlob(runId: string, pack: number): string {
  const [, ...steps] = runId.split("/");
  return ["packs", ...steps, padded(pack)].join("/");
}

/** A file that the client brings to the nodes, by the SHA-256, in hexadecimal, of its content or of what identifies it here. */
export function assetBlob(sha256: string, name: string): string {
  return `assets/${sha256}/${name}`;
}
