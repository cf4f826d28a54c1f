/** `$.user.items[0]` as `['user', 'items', 0]`; `$` is the whole value. Null if it is no such path. */
export function pathOf(text: string): (string | number)[] | null {
  if (!/^\$(\.[^.[\]]+|\[\d+\])*$/.test(text)) return null;
  return [...text.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}
