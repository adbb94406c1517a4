import { extname } from "node:path";

const types: Record<string, string> = {
  ".txt": "text/plain",
  ".log": "text/plain",
  ".json": "application/json",
  ".xml": "text/xml",
  ".html": "text/html",
  ".csv": "text/csv",
};

/** The content type the service gives a file by its name. */
export function contentTypeOf(name: string): string {
  return types[extname(name).toLowerCase()] ?? "application/octet-stream";
}
