import { createHash } from "node:crypto";

/** The numbers that stand for an id: so many bits of a hash that two ids never share them. */
const LANES = 4;

/**
 * The ids that were seen, without case, as the service compares them: 16 bytes an id, and as much again free, whatever their
 * length.
 */
export class SeenIds {
  #table = new Uint32Array(1024 * LANES);
  #size = 0;

  /** Whether the id is new; it is not any more. */
  add(id: string): boolean {
    if (this.#size * 2 * LANES >= this.#table.length) this.#grow();
    const hash = createHash("sha256").update(id.toLowerCase()).digest();
    const lanes = Uint32Array.from({ length: LANES }, (_, lane) => hash.readUInt32LE(4 * lane));
    // All zero is a free place, and no id has that hash.
    return this.#insert(this.#table, lanes, 0);
  }

  #insert(table: Uint32Array, lanes: Uint32Array, from: number): boolean {
    const places = table.length / LANES;
    for (let place = (lanes[from] as number) % places; ; place = (place + 1) % places) {
      const at = place * LANES;
      if (isSame(table, at, lanes, from)) return false;
      if (!isFree(table, at)) continue;
      for (let lane = 0; lane < LANES; lane++) table[at + lane] = lanes[from + lane] as number;
      this.#size += 1;
      return true;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    this.#size = 0;
    for (let at = 0; at < old.length; at += LANES) {
      if (!isFree(old, at)) this.#insert(this.#table, old, at);
    }
  }
}

function isFree(table: Uint32Array, at: number): boolean {
  return table[at] === 0 && table[at + 1] === 0 && table[at + 2] === 0 && table[at + 3] === 0;
}

function isSame(table: Uint32Array, at: number, lanes: Uint32Array, from: number): boolean {
  for (let lane = 0; lane < LANES; lane++) if (table[at + lane] !== lanes[from + lane]) return false;
  return true;
}
