import { type Filter, FilterError, parseFilter } from "../odata/filter.js";
import type { FilterableProperties } from "../odata/filterable.js";
import { parseSelect, SelectError } from "../odata/select.js";
import type { OrderedIndex } from "../state/ordered-index.js";
import { metadataFor, viewFor } from "../views/versions.js";
import type { JsonObject } from "../wire/json.js";
import type { Answer } from "./answer.js";
import { invalidQuery } from "./errors.js";
import { type BatchRequest, rawPath } from "./request.js";

/** How a list shows its entities, and what it may be asked. */
export interface Listing<T> {
  /** The part of `odata.metadata` that names the list. */
  metadata: string;
  view(entity: T): JsonObject;
  /** What a filter reads; the view, unless that is too dear to make for each entity. */
  filterView?(entity: T): object;
  filterable?: FilterableProperties;
  /** Whether `$select` is taken. */
  selectable: boolean;
  /** The statistics of an entity, where `$expand=stats` is taken. */
  statistics?(entity: T): JsonObject | undefined;
  /** The most entities a page may have. */
  largestPage?: number;
}

const defaultLargestPage = 1000;

/** Answers one page of a list, which goes on at the id that the link to the next page names. */
export function listPage<T>(request: BatchRequest, entities: OrderedIndex<T>, listing: Listing<T>): Answer {
  const size = pageSize(request, listing.largestPage ?? defaultLargestPage);
  const filter = filterOf(request, listing.filterable);
  const select = listing.selectable ? selectOf(request) : undefined;
  const filterView = listing.filterView ?? listing.view;
  const expanded = wantsStatistics(request);

  const value: JsonObject[] = [];
  let next: string | undefined;
  for (const [key, entity] of entities.entriesFrom(startKey(request))) {
    if (filter !== undefined && !filter(filterView(entity) as Record<string, unknown>)) continue;
    if (value.length === size) {
      next = key;
      break;
    }
    const view = viewFor(request.apiVersion, listing.metadata, listing.view(entity));
    if (expanded) view.stats = listing.statistics?.(entity);
    value.push(select === undefined ? view : select(view));
  }
  return { metadata: listing.metadata, body: { value, "odata.nextLink": nextLink(request, next) } };
}

/** Reads and checks `$filter`; every refusal of it is the service's. */
export function filterOf(
  request: BatchRequest,
  allowed: FilterableProperties | undefined,
): Filter | undefined {
  const text = request.query.get("$filter");
  if (text === undefined || text === "") return undefined;
  if (allowed === undefined) throw invalidQuery("$filter", text, "This list cannot be filtered");
  try {
    return parseFilter(text, allowed);
  } catch (error) {
    if (error instanceof FilterError) throw invalidQuery("$filter", text, error.message);
    throw error;
  }
}

/** Reads `$select` and gives the projection it asks for. */
export function selectOf(request: BatchRequest): ((entity: JsonObject) => JsonObject) | undefined {
  const text = request.query.get("$select");
  if (text === undefined || text === "") return undefined;
  try {
    return parseSelect(text) as (entity: JsonObject) => JsonObject;
  } catch (error) {
    if (error instanceof SelectError) throw invalidQuery("$select", text, error.reason);
    throw error;
  }
}

/** Answers one entity, reduced to what `$select` asks for. */
export function entityAnswer(
  request: BatchRequest,
  metadata: string,
  view: JsonObject,
  more: { modified?: number; statistics?(): JsonObject | undefined } = {},
): Answer {
  const select = selectOf(request);
  const whole = viewFor(request.apiVersion, metadata, view);
  if (wantsStatistics(request)) whole.stats = more.statistics?.();
  const kind = metadataFor(request.apiVersion, metadata);
  return { metadata: kind, body: select === undefined ? whole : select(whole), modified: more.modified };
}

function wantsStatistics(request: BatchRequest): boolean {
  const text = request.query.get("$expand");
  if (text === undefined || text === "") return false;
  if (text === "stats") return true;
  throw invalidQuery("$expand", text, "Only stats can be expanded");
}

/** The page size a request asks for. */
export function pageSize(request: BatchRequest, largest: number): number {
  const text = request.query.get("maxresults");
  if (text === undefined) return largest;
  if (!/^[+-]?\d+$/.test(text)) throw invalidQuery("maxresults", text, "MaxResults is not a valid integer");
  const size = Number(text);
  if (size < 1) throw invalidQuery("maxresults", text, "MaxResults cannot be less than 1");
  if (size > largest) throw invalidQuery("maxresults", text, `MaxResults cannot be greater than ${largest}`);
  return size;
}

// Opaque for clients, in the service's form; all its characters survive a query string as they are.
function startKey(request: BatchRequest): string | undefined {
  const token = request.query.get("$skiptoken");
  if (token === undefined) return undefined;
  const match = /^WATV2:([\w-]+):1\$1$/.exec(token);
  if (match === null) throw invalidQuery("$skiptoken", token, "The token is not one the service gave");
  return Buffer.from(match[1]!, "base64url").toString("utf8");
}

function nextLink(request: BatchRequest, key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  const token = `WATV2:${Buffer.from(key, "utf8").toString("base64url")}:1$1`;
  const query = request.rawUrl
    .slice(rawPath(request.rawUrl).length + 1)
    .split("&")
    .filter((pair) => !/^(\$|%24)skiptoken=/i.test(pair));
  return `${request.baseUrl}${rawPath(request.rawUrl)}?${[...query, `$skiptoken=${token}`].join("&")}`;
}
