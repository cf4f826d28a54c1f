import { createHash } from 'node:crypto';
import type { Cell } from './cell.js';

/**
 * SHA-256 of a cell as JSON, hex. Whoever sends a cell and whoever decoded it each compute it of what they have: on
 * another thread or machine it is another object.
 */
export function cellHash(cell: Cell): string {
  return createHash('sha256').update(JSON.stringify(cell)).digest('hex');
}
