import { type Cell, PHASES } from '../plan/cell.js';
import type { LawViolation } from './cell-result.js';
import { C } from './counters.js';
import { addSums, noSums } from './fanout-totals.js';
import type { LineCounts } from './line-counts.js';

/**
 * The deliveries of each request counted three times: by the second of their message, by message, and by connection. All
 * three sums must agree, over all workers; `workerLaws` compares those by connection.
 */
export function fanoutLaws(cell: Cell, sources: readonly LineCounts[]): LawViolation[] {
  return (cell.wire?.requests ?? []).flatMap(({ name, reaches }, request) => {
    if (reaches === undefined) return [];
    return PHASES.flatMap((phase) => {
      const sums = noSums();
      for (const { requests } of sources) addSums(sums, requests[request]!.byMessage[phase]);
      const counted = (counter: number) =>
        sources.reduce((sum, { requests }) => sum + requests[request]!.counters[phase][counter]!, 0);
      const [delivered, missed, gone] = [counted(C.delivered), counted(C.missed), counted(C.gone)];
      const where = `${cell.id}, ${phase}, request ${name}`;
      return [
        ...differing(
          'expected by message = delivered + missed + gone',
          sums.expected,
          delivered + missed + gone,
          where,
        ),
        ...differing('delivered by message = delivered', sums.delivered, delivered, where),
        ...differing('gone by message = gone', sums.gone, gone, where),
      ];
    });
  });
}

function differing(law: string, left: number, right: number, where: string): LawViolation[] {
  return left === right ? [] : [{ law, left, right, where }];
}
