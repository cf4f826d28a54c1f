import type { MessageSpec, SizeSpec } from './profile.js';

/**
 * The fewest bytes a generated message needs to hold its sequence and connection id, for the largest id among
 * `connections`: `{"type":"message","sequence":1000000000,"content":"17:xxxx"}`, or `1000000000 17 xxxx`.
 */
export function minimumSize(format: MessageSpec['format'], connections: number): number {
  const id = String(Math.max(1, connections) - 1);
  const smallest =
    format === 'json' ? `{"type":"message","sequence":1000000000,"content":"${id}:"}` : `1000000000 ${id} `;
  return smallest.length;
}

/** The smallest size that can occur, bytes. */
export function smallestBytes(size: SizeSpec): number {
  if (size.kind === 'fixed') return size.bytes;
  return size.kind === 'uniform' ? size.minBytes : Math.min(...size.choices.map((choice) => choice.bytes));
}
