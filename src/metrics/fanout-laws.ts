import { type Cell, PHASES } from '../plan/cell.js';
import type { LawViolation } from './cell-result.js';
import { C } from './counters.js';
import { addSums, noSums } from './fanout-totals.js';
import type { WorkerLedger } from './worker-ledger.js';

/**
 * The deliveries of each request counted three times: by the second of their message, by message, and by connection. All
 * three sums must agree, over all workers.
 */
export function fanoutLaws(cell: Cell, ledgers: readonly WorkerLedger[]): LawViolation[] {
  return [...byMessage(cell, ledgers), ...bySubscriber(cell, ledgers)];
}

function byMessage(cell: Cell, ledgers: readonly WorkerLedger[]): LawViolation[] {
  return (cell.wire?.requests ?? []).flatMap(({ name, reaches }, request) => {
    if (reaches === undefined) return [];
    return PHASES.flatMap((phase) => {
      const sums = noSums();
      for (const { requests } of ledgers) addSums(sums, requests[request]!.byMessage[phase]);
      const counted = (counter: number) =>
        ledgers.reduce((sum, { requests }) => sum + requests[request]!.counters[phase][counter]!, 0);
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

function bySubscriber(cell: Cell, ledgers: readonly WorkerLedger[]): LawViolation[] {
  return (['delivered', 'missed', 'gone'] as const).flatMap((name) =>
    ledgers.flatMap(({ worker, counters, totals }) => {
      const each = totals?.subscribers?.[name];
      if (each === undefined) return [];
      const sum = each.reduce((total, count) => total + count, 0);
      const where = `${cell.id}, measure, worker ${worker}`;
      return differing(`${name} by connection = ${name}`, sum, counters.measure[C[name]]!, where);
    }),
  );
}

function differing(law: string, left: number, right: number, where: string): LawViolation[] {
  return left === right ? [] : [{ law, left, right, where }];
}
