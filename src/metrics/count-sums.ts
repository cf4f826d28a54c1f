/** Adds counts up by their key: `{ code: 1000, count: 2 }` and `{ code: 1000, count: 3 }` are one entry with 5, with whatever else the first has. */
export function addCounts<T extends { readonly count: number }>(
  sums: Map<string, T>,
  added: readonly T[],
  keyOf: (entry: T) => string,
): void {
  for (const entry of added) {
    const key = keyOf(entry);
    const known = sums.get(key);
    sums.set(key, known === undefined ? { ...entry } : { ...entry, ...known, count: known.count + entry.count });
  }
}
