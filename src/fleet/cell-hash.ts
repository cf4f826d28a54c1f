import { createHash } from 'node:crypto';
import type { Cell } from '../plan/cell.js';

/** SHA-256 of a cell as JSON, hex. Coordinator and agent each compute it of what they have. */
export function cellHash(cell: Cell): string {
  return createHash('sha256').update(JSON.stringify(cell)).digest('hex');
}
