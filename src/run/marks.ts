import type { MetadataItem } from "../azure/parameters/index.js";

/*
 * What the library makes for a run says so in its metadata, with the run's id: jobs and auto pools here, containers by the
 * same names. Whoever sweeps finds it by that.
 */

const KIND = "azurebatchparallel";
const RUN_ID = "runid";

/** The mark of a run's job or auto pool. */
export function runMark(runId: string): MetadataItem[] {
  return [
    { name: KIND, value: "run" },
    { name: RUN_ID, value: runId },
  ];
}

/** The same as a container's metadata. */
export function runContainerMark(runId: string): Readonly<Record<string, string>> {
  return { [KIND]: "run", [RUN_ID]: runId };
}

/** The mark of a cache's container. */
export function cacheContainerMark(): Readonly<Record<string, string>> {
  return { [KIND]: "cache" };
}

/** Whether a container is a cache that the library has made. */
export function isCache(metadata: Readonly<Record<string, string>>): boolean {
  return metadata[KIND] === "cache";
}

/** The id of the run that something was made for; undefined for what no run has made. */
export function markedRun(
  metadata: readonly MetadataItem[] | Readonly<Record<string, string>> | undefined,
): string | undefined {
  const marks = isList(metadata)
    ? Object.fromEntries(metadata.map(({ name, value }) => [name, value]))
    : (metadata ?? {});
  return marks[KIND] === "run" ? marks[RUN_ID] : undefined;
}

function isList(metadata: unknown): metadata is readonly MetadataItem[] {
  return Array.isArray(metadata);
}
