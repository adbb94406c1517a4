import { isObject, type Json, type JsonObject, objectOf, objectsOf } from "./json.js";
import type { Recording } from "./recordings.js";
import type { WireAnswer } from "./wire-client.js";

/** One point in which the emulator's answer is not the recorded one. */
export interface Difference {
  /** `status`, `header <name>`, or where in the body: `body.value[].state`. */
  place: string;
  /** What the service gave; `undefined` where it gave nothing. */
  recorded: string | undefined;
  /** What the emulator gives. */
  given: string | undefined;
}

/** What one party's answer is full of and the other's cannot have: the addresses of the service and of storage. */
export interface Hosts {
  batch: string;
  storage: string;
}

const recordedHosts: Hosts = {
  batch: "https://account.region.batch.azure.com",
  storage: "https://storage.blob.core.windows.net",
};

/** Sent with every answer, and left out of the recordings. */
const unrecordedHeaders = new Set([
  "connection",
  "date",
  "keep-alive",
  "request-id",
  "server",
  "strict-transport-security",
]);

/** Their values are one thing in the recording and another here; that they are there counts. */
const freeHeaders = new Set(["content-length"]);

/** Measures, versions and made-up names: only their kind counts. */
const freePlaces =
  /\.(contentLength|exactVersion|nodeAgentInfo\.version|numberOfFilesUploaded|publicFQDN|totalCoreHours)$/;

/** Compares status, header names and the body's shape, enumerations and defaults; not ids, times and node names. */
export function differencesOf(recording: Recording, answer: WireAnswer, hosts: Hosts): Difference[] {
  const found: Difference[] = [];
  const note = (place: string, recorded: string | undefined, given: string | undefined): void => {
    if (recorded !== given) found.push({ place, recorded, given });
  };

  note("status", String(recording.status), String(answer.status));
  compareHeaders(recording.headers, answer.headers, hosts, note);
  if (isObject(recording.body) && Array.isArray(recording.body.value) && isCatalogue(recording)) {
    compareCatalogue(objectsOf(recording.body.value), objectsOf(objectOf(answer.body).value), note);
    return found;
  }
  compare("body", inOrder(recording.body), recordedHosts, inOrder(answer.body), hosts, note);
  return found;
}

type Note = (place: string, recorded: string | undefined, given: string | undefined) => void;

function compareHeaders(
  recorded: Record<string, string>,
  given: Record<string, string>,
  hosts: Hosts,
  note: Note,
): void {
  const names = new Set([...Object.keys(recorded), ...Object.keys(given)]);
  for (const name of [...names].sort()) {
    if (unrecordedHeaders.has(name)) continue;
    note(
      `header ${name}`,
      headerForm(name, recorded[name], recordedHosts),
      headerForm(name, given[name], hosts),
    );
  }
}

function headerForm(name: string, value: string | undefined, hosts: Hosts): string | undefined {
  if (value === undefined) return undefined;
  if (freeHeaders.has(name)) return "…";
  return form(name === "ocp-batch-file-url" ? decodeURIComponent(value) : value, hosts);
}

function compare(
  place: string,
  recorded: Json | undefined,
  theirHosts: Hosts,
  given: Json | undefined,
  ourHosts: Hosts,
  note: Note,
): void {
  if (isObject(recorded) && isObject(given)) {
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(given)])) {
      compare(`${place}.${name}`, recorded[name], theirHosts, given[name], ourHosts, note);
    }
    return;
  }
  if (Array.isArray(recorded) && Array.isArray(given)) {
    note(`${place}.length`, String(recorded.length), String(given.length));
    for (const [index, element] of recorded.entries()) {
      if (index >= given.length) break;
      compare(`${place}[]`, element, theirHosts, given[index], ourHosts, note);
    }
    return;
  }
  if (freePlaces.test(place) && typeof recorded === typeof given) return;
  note(place, formOf(recorded, theirHosts), formOf(given, ourHosts));
}

function formOf(value: Json | undefined, hosts: Hosts): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? form(value, hosts) : JSON.stringify(value);
}

/** A text without what differs from one account, moment or node to another. */
function form(text: string, hosts: Hosts): string {
  return text
    .replaceAll(hosts.batch, "<account>")
    .replaceAll(hosts.storage, "<storage>")
    .replace(/\b[a-z0-9]+-[0-9A-F]{16}\//g, "<directory>/")
    .replace(/tvmps_[0-9a-f]+_[dp]/g, "<node>")
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, "<guid>")
    .replace(/\b0x[0-9A-F]{15}\b/g, "<etag>")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>")
    .replace(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, "<date>")
    .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, "<address>")
    .replace(/^0o10\d{4}$/, "<mode>")
    .replace(/^workitems([\\/])[^\\/]+[\\/][^\\/]+[\\/][^\\/]+$/, "workitems$1<job>$1<run>$1<task>")
    .replace(/(\$skiptoken=).*/, "$1<token>")
    .replace(/[ \r]+\n/g, "\n");
}

/** The results of a collection come in any order. */
function inOrder(body: Json): Json {
  const results = objectsOf(objectOf(body).value);
  if (results.length === 0 || results.some((result) => typeof result.taskId !== "string")) return body;
  return { ...objectOf(body), value: results.sort((a, b) => (String(a.taskId) < String(b.taskId) ? -1 : 1)) };
}

/** The list of images is what Azure had to offer on a day: its entries are data, their shape is not. */
function isCatalogue(recording: Recording): boolean {
  return recording.path.startsWith("/supportedimages");
}

function compareCatalogue(recorded: JsonObject[], given: JsonObject[], note: Note): void {
  const shapes = new Set(recorded.map(shapeOf));
  note("body.value", "entries", given.length > 0 ? "entries" : "nothing");
  for (const entry of given) {
    const shape = shapeOf(entry);
    if (!shapes.has(shape)) note("body.value[]", undefined, shape);
  }
}

/** The names and enumerations of an image's entry, without the optional ones and what only names it. */
function shapeOf(entry: JsonObject): string {
  const { batchSupportEndOfLife: _end, capabilities: _capabilities, ...always } = entry;
  const image = Object.keys(objectOf(always.imageReference)).sort();
  const { verificationType, osType } = always;
  return JSON.stringify({ names: Object.keys(always).sort(), image, verificationType, osType });
}
