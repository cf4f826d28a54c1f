/** JSON.stringify calls itself for each level, and a few thousand levels use up the stack. */
export const MAX_DEPTH = 64;

/** Does an object or array hold others, one in the other, deeper than `most` levels? `[[1]]` has two. Never calls itself. */
export function isDeeper(value: unknown, most: number): boolean {
  let level: object[] = isNest(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > most) return true;
    const next: object[] = [];
    for (const nest of level) {
      // Most of what comes are lists of numbers.
      const parts: readonly unknown[] = Array.isArray(nest) ? nest : Object.values(nest);
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i];
        if (isNest(part)) next.push(part);
      }
    }
    level = next;
  }
  return false;
}

function isNest(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
