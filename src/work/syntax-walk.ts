import type { AnyNode } from "acorn";

/** Visits a node and what is below it, each with its ancestors, nearest first. A visitor that gives `false` goes no deeper. */
export function walkSyntax(
  node: AnyNode,
  visit: (node: AnyNode, ancestors: readonly AnyNode[]) => boolean | undefined,
  ancestors: readonly AnyNode[] = [],
): void {
  if (visit(node, ancestors) === false) return;
  const below = [node, ...ancestors];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walkSyntax(child, visit, below);
    }
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
