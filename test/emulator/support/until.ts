/** Looks again and again until `look` gives something; fails after half a minute with what it last gave. */
export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`gave up waiting: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
