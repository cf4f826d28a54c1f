import type { WireCapture } from '../../dialect/wire.js';
import type { SessionValues } from '../../plan/fill.js';
import { valueAt } from './match.js';

/** Objects and lists of a captured value may stand in each other so deep. */
const DEEPEST = 500;

/** The values that were captured on each connection of a worker. Connections are numbered within the worker. */
export class Captured {
  readonly #values: (SessionValues | undefined)[] = [];

  /** A new object whenever a value changes, so that a message made with old values is known to be old. */
  of(connection: number): SessionValues | undefined {
    return this.#values[connection];
  }

  set(connection: number, values: SessionValues | undefined): void {
    this.#values[connection] = values;
  }

  add(connection: number, values: SessionValues): void {
    this.#values[connection] = { ...this.#values[connection], ...values };
  }
}

/**
 * What is captured from a JSON value, by name. What is not there is left out, and named in `missing`. `tooDeep`: what is
 * nested too deeply to be sent again. `headers`: the value of a header of the message; undefined for none.
 */
export function capturedFrom(
  json: unknown,
  captures: readonly WireCapture[],
  headers: (name: string) => string | undefined = () => undefined,
): { readonly values: SessionValues; readonly missing: readonly string[]; readonly tooDeep: readonly string[] } {
  const found = captures.map(({ name, path, optional, header }) => {
    const value = header === undefined ? valueAt(json, path) : itemOf(headers(header.name), header.item);
    return { name, optional, value };
  });
  const there = found.filter(({ value }) => value !== undefined);
  const tooDeep = there.filter(({ value }) => isTooDeep(value)).map(({ name }) => name);
  return {
    values: Object.fromEntries(there.map(({ name, value }) => [name, value])),
    missing: found.filter(({ value, optional }) => value === undefined && optional !== true).map(({ name }) => name),
    tooDeep,
  };
}

/** True if a JSON value cannot be sent again: writing JSON needs stack for each level. Not recursive itself. */
export function isTooDeep(json: unknown): boolean {
  let level = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return false;
}

/** The number at a place of a list with commas; undefined for none. */
function itemOf(list: string | undefined, item: number): number | undefined {
  const text = list?.split(',')[item]?.trim();
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
