/** What works gave, when all of them have ended; with an error, if one of them failed, no earlier. */
export async function allEnded<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(works);
  return ended.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
