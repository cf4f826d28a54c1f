import { hasFanout } from '../cell-facts.js';
import { countsDeliveries } from '../done.js';
import { asRequest } from '../request-cell.js';
import type { ComparedCell, ComparedRun } from './compared-run.js';
import { type ComparedKey, type ComparedMetric, isDeliverKey, isReplyKey } from './metrics.js';

/** What is compared of a request: its times and its reach. How many messages of it there are follows from the plan. */
export function isToldOfRequests(key: ComparedKey): boolean {
  return isReplyKey(key) || isDeliverKey(key);
}

/**
 * The run with each request as a cell of its own, behind its cell and named after both (`chat/c100-r500 say`), so that
 * whoever compares cells compares requests. What makes the cell doubtful makes its requests doubtful.
 */
export function withRequestCells<Run extends ComparedRun>(run: Run): Run {
  if (run.cells.every(({ requests }) => requests === undefined)) return run;
  const named = new Map(run.cells.map((cell) => [cell.id, requestsOf(cell)]));
  const reasons = run.verdict.reasons.flatMap((reason) => [
    reason,
    ...(named.get(reason.cell ?? '') ?? []).map(({ id }) => ({ ...reason, cell: id })),
  ]);
  return {
    ...run,
    cells: run.cells.flatMap((cell) => [cell, ...named.get(cell.id)!]),
    verdict: { ...run.verdict, reasons },
  };
}

function requestsOf(cell: ComparedCell): ComparedCell[] {
  return (cell.requests ?? []).map(({ name }) => ({
    ...asRequest(cell, name)!,
    ...{ id: `${cell.id} ${name}`, ofCell: cell.id },
  }));
}

/** The metrics that are compared of a cell, or of a request. */
export function metricsOf(cell: ComparedCell, metrics: readonly ComparedMetric[]): readonly ComparedMetric[] {
  const isSilent = countsDeliveries(cell);
  return metrics.filter(({ key }) => {
    if (cell.ofCell !== undefined && !isToldOfRequests(key)) return false;
    if (isDeliverKey(key)) return hasFanout(cell);
    return !isSilent || !isReplyKey(key);
  });
}
