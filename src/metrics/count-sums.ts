/**
 * Adds up counts by key: `{ code: 1000, count: 2 }` and `{ code: 1000, count: 3 }` become one entry with 5. Other
 * fields come from the first entry.
 */
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
