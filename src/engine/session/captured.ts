import type { WireCapture } from '../../dialect/wire.js';
import type { SessionValues } from '../../plan/fill.js';
import { valueAt } from './match.js';

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
 * What is captured from a JSON value, by name. What is not there is left out, and named in `missing`. `headers`: the value
 * of a header of the message; undefined for none.
 */
export function capturedFrom(
  json: unknown,
  captures: readonly WireCapture[],
  headers: (name: string) => string | undefined = () => undefined,
): { readonly values: SessionValues; readonly missing: readonly string[] } {
  const found = captures.map(({ name, path, optional, header }) => {
    const value = header === undefined ? valueAt(json, path) : itemOf(headers(header.name), header.item);
    return { name, optional, value };
  });
  const there = found.filter(({ value }) => value !== undefined);
  return {
    values: Object.fromEntries(there.map(({ name, value }) => [name, value])),
    missing: found.filter(({ value, optional }) => value === undefined && optional !== true).map(({ name }) => name),
  };
}

/** The number at a place of a list with commas; undefined for none. */
function itemOf(list: string | undefined, item: number): number | undefined {
  const text = list?.split(',')[item]?.trim();
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
