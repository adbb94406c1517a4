import type { ContainerPort } from "../azure/ports.js";
import { outcomePrefix, outcomePrefixOfHundred } from "../protocol/blob-names.js";
import { PART_METADATA, type PartHeader } from "../protocol/outcome-part.js";
import type { Chunk } from "./chunk.js";

/*
 * Which outcome parts there are, told by lists of blobs: a request finds thousands of them, of as many as a hundred chunks,
 * and what their headers say.
 */

/**
 * A list of the parts of a hundred chunks is worth what it shows beside if it is for so many of them; for fewer, where chunks
 * have so few items that they leave few parts.
 */
export const WORTH_A_LIST = 8;
const FEW = { chunks: 2, items: 8 };

/** What the names of these chunks' parts begin with: few prefixes, which may have other chunks in between. */
export function prefixesOf(chunks: Iterable<Chunk>): string[] {
  const hundreds = new Map<string, Chunk[]>();
  for (const chunk of chunks) {
    const hundred = outcomePrefixOfHundred(chunk.number);
    const others = hundreds.get(hundred);
    if (others === undefined) hundreds.set(hundred, [chunk]);
    else others.push(chunk);
  }
  return [...hundreds].flatMap(([hundred, members]) =>
    isWorthAList(members) ? [hundred] : members.map(({ number }) => outcomePrefix(number)),
  );
}

function isWorthAList(members: readonly Chunk[]): boolean {
  if (members.length >= WORTH_A_LIST) return true;
  return members.length >= FEW.chunks && members.every(({ count }) => count <= FEW.items);
}

/** The headers of the parts there are, by their chunk's number, each chunk's in their order. */
export async function listParts(
  container: ContainerPort,
  prefix: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, readonly PartHeader[]>> {
  const found = new Map<number, PartHeader[]>();
  for await (const { metadata } of container.list(prefix, { metadata: true, signal })) {
    const text = metadata?.[PART_METADATA];
    if (text === undefined) continue;
    const header = JSON.parse(text) as PartHeader;
    const others = found.get(header.chunk);
    if (others === undefined) found.set(header.chunk, [header]);
    else others.push(header);
  }
  return found;
}
