import type { NodeRecord } from "../state/node.js";

/** The nodes of a pool that can take tasks, grouped by their free slots: choosing one costs no walk over the nodes. */
export class SlotTable {
  private readonly byFree: Set<NodeRecord>[];

  constructor(private readonly slotsPerNode: number) {
    this.byFree = Array.from({ length: slotsPerNode + 1 }, () => new Set<NodeRecord>());
  }

  /** Files the node under its present number of free slots. */
  put(node: NodeRecord): void {
    this.remove(node);
    this.byFree[node.freeSlots]?.add(node);
  }

  remove(node: NodeRecord): void {
    for (const nodes of this.byFree) nodes.delete(node);
  }

  has(node: NodeRecord): boolean {
    return this.byFree[node.freeSlots]?.has(node) ?? false;
  }

  /** Takes slots of a listed node, or gives them back with a negative number. */
  take(node: NodeRecord, slots: number): void {
    const listed = this.byFree[node.freeSlots]?.delete(node) ?? false;
    node.freeSlots -= slots;
    if (listed) this.byFree[node.freeSlots]?.add(node);
  }

  /** The most slots that any node has free. */
  get largest(): number {
    for (let free = this.slotsPerNode; free > 0; free--) if (this.byFree[free]!.size > 0) return free;
    return 0;
  }

  /** Nodes with at least that many free slots: the emptiest first to spread tasks, the fullest first to pack them. */
  *fitting(slots: number, fill: "Spread" | "Pack"): Generator<NodeRecord> {
    if (fill === "Spread") {
      for (let free = this.slotsPerNode; free >= slots; free--) yield* this.byFree[free] ?? [];
    } else {
      for (let free = slots; free <= this.slotsPerNode; free++) yield* this.byFree[free] ?? [];
    }
  }
}
