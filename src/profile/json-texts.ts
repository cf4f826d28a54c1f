import type { Path } from './document.js';
import type { JsonObject, JsonValue } from './profile.js';

/** A value with each of its texts replaced, keys too. `path`: where the text stands. */
export function mapTexts(value: JsonValue, path: Path, map: (text: string, path: Path) => string): JsonValue {
  if (typeof value === 'string') return map(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, [...path, index], map));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value as JsonObject);
  return Object.fromEntries(members.map(([key, item]) => [map(key, path), mapTexts(item, [...path, key], map)]));
}

/** Every text of a value, keys too. */
export function textsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as JsonObject).flatMap(([key, item]) => [key, ...textsIn(item)]);
}
