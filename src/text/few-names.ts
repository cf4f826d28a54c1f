/** At most three names, and how many more: `a1, a2, a3 and 5 more`. */
export function fewNames(names: readonly string[]): string {
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(', ')} and ${more} more` : names.join(', ');
}
