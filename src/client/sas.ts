import { ConfigurationError } from "../errors/index.js";
import { invalid, type Setting } from "./setting.js";

/** What a run does in storage: it makes a container, puts, reads, lists and leases blobs, and deletes the container. */
const NEEDED = [
  { field: "ss", letters: "b", what: "the Blob service" },
  { field: "srt", letters: "co", what: "containers and objects" },
  { field: "sp", letters: "rwdlc", what: "read, write, delete, list and create" },
] as const;

/** How an account SAS is made that fits. */
const REMEDY =
  'make an account SAS with the services "b", the resource types "co" and the permissions "rwdlc"';

/** A SAS of a whole account as a query without its question mark, which can do what runs need. */
export function readAccountSas(setting: Setting, endpoint: string): string {
  const sas = setting.value.replace(/^\?/, "");
  const fields = new URLSearchParams(sas);
  if (!fields.has("sig")) {
    throw invalid(setting, "is not a SAS: it has no sig. Give the part behind the question mark, in full.");
  }
  if (!fields.has("ss")) {
    throw invalid(setting, `is a SAS of one container or blob, and each run makes a container: ${REMEDY}.`);
  }
  for (const { field, letters, what } of NEEDED) {
    const given = fields.get(field) ?? "";
    const lacking = [...letters].filter((letter) => !given.includes(letter)).join("");
    if (lacking !== "") {
      throw invalid(setting, `lacks "${lacking}" in ${field}; a run needs ${what}: ${REMEDY}.`);
    }
  }
  if (fields.get("spr") === "https" && endpoint.startsWith("http:")) {
    throw invalid(
      setting,
      "is for https alone (spr), and the storage's address begins with http://: give the https:// one.",
    );
  }
  if (Number.isNaN(timeIn(fields, "se")))
    throw invalid(setting, `has no end that can be read (se): ${REMEDY}.`);
  refuseOutdatedSas(sas, setting.name);
  return sas;
}

/**
 * Refuses a SAS whose time is over, or has not come. It may end while a client lives: each use asks anew.
 */
export function refuseOutdatedSas(sas: string, name: string): void {
  const fields = new URLSearchParams(sas);
  const now = Date.now();
  const refuse = (problem: string, field: string) => {
    throw new ConfigurationError(
      `${name} ${problem} ${fields.get(field)}, and it is ${new Date(now).toISOString()} on this computer: give a new SAS.`,
      { code: "SasExpired", settings: [name] },
    );
  };
  if (timeIn(fields, "se") <= now) refuse("expired at", "se");
  if (timeIn(fields, "st") > now) refuse("begins only at", "st");
}

function timeIn(fields: URLSearchParams, field: string): number {
  return Date.parse(fields.get(field) ?? "");
}
