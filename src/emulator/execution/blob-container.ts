import { XMLParser } from "fast-xml-parser";

const parser = new XMLParser({ parseTagValue: false, trimValues: false, isArray: (name) => name === "Blob" });

interface BlobPage {
  EnumerationResults?: { Blobs?: { Blob?: { Name: string }[] } | string; NextMarker?: string };
}

/** The URL of a blob in the container that `containerUrl` (with its SAS) names. */
export function blobUrl(containerUrl: string, blobName: string): string {
  const url = new URL(containerUrl);
  const path = blobName.split("/").map(encodeURIComponent).join("/");
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${path}`;
  return url.href;
}

/** The URL that lists one page of a container's blobs. */
export function listUrl(
  containerUrl: string,
  prefix: string | undefined,
  marker: string | undefined,
): string {
  const url = new URL(containerUrl);
  url.searchParams.set("restype", "container");
  url.searchParams.set("comp", "list");
  if (prefix !== undefined && prefix !== "") url.searchParams.set("prefix", prefix);
  if (marker !== undefined) url.searchParams.set("marker", marker);
  return url.href;
}

/** Reads the names on a page, and the marker of the next one. */
export function readBlobPage(xml: string): { names: string[]; nextMarker: string | undefined } {
  const page = (parser.parse(xml) as BlobPage).EnumerationResults;
  const blobs = page?.Blobs;
  const names = typeof blobs === "object" ? (blobs.Blob ?? []).map((blob) => blob.Name) : [];
  const marker = page?.NextMarker;
  return { names, nextMarker: marker === undefined || marker === "" ? undefined : marker };
}
