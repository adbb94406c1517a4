/** The Node.js to run helper processes with: this process's own, or the one on PATH where this is Deno or Bun. */
export function nodeExecutable(): string {
  const isNode = !("deno" in process.versions) && !("bun" in process.versions);
  return isNode ? process.execPath : "node";
}
