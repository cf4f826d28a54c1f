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

/** What is captured from a JSON value, by name. What is not there is left out, and named in `missing`. */
export function capturedFrom(
  json: unknown,
  captures: readonly WireCapture[],
): { readonly values: SessionValues; readonly missing: readonly string[] } {
  const found = captures.map((capture) => ({ ...capture, value: valueAt(json, capture.path) }));
  const there = found.filter(({ value }) => value !== undefined);
  return {
    values: Object.fromEntries(there.map(({ name, value }) => [name, value])),
    missing: found.filter(({ value, optional }) => value === undefined && optional !== true).map(({ name }) => name),
  };
}
