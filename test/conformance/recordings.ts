import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Json } from "./json.js";

/** A request that was sent to the real service, and what it answered. */
export interface Recording {
  /** The suite of tests it was recorded from. */
  source: string;
  /** The test of that suite. */
  name: string;
  apiVersion: string;
  method: string;
  /** Path and query. */
  path: string;
  /** The request's JSON; absent or null where the recording did not keep it. */
  requestBody?: Json;
  status: number;
  headers: Record<string, string>;
  body: Json;
}

/** Where the recordings are looked for: they are not part of this repository. */
export const recordingsFile =
  process.env.BATCH_RECORDINGS ??
  fileURLToPath(new URL("../../../shared/wire/records.json", import.meta.url));

/** The recordings; `undefined` where there are none. */
export function readRecordings(): Recording[] | undefined {
  if (!existsSync(recordingsFile)) return undefined;
  return JSON.parse(readFileSync(recordingsFile, "utf8")) as Recording[];
}

/** How a recording is called in reports and in the list of differences. */
export function titleOf(recording: Recording): string {
  const [path] = recording.path.split("?");
  const shortPath = path!.replace(/tvmps_[0-9a-f]+_[dp]/, "{node}");
  return `${recording.method} ${shortPath} → ${recording.status} (${recording.name})`;
}
