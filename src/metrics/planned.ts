import type { Cell, Phase } from '../plan/cell.js';
import { pacerOf } from '../plan/pacer.js';

/** How many messages a worker's shard plans in each phase, by walking its pacer. */
export function plannedOf(cell: Cell, worker: number, workers: number): Record<Phase, number> {
  const cursor = pacerOf(cell).cursor(worker, workers);
  const warmupUs = cell.warmupMs * 1000;
  const planned = { warmup: 0, measure: 0 };
  for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) {
    planned[dueUs < warmupUs ? 'warmup' : 'measure']++;
  }
  return planned;
}
