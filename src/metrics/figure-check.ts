/** Whether the figures of a saved cell still say what its histograms say: a number changed by hand is no measurement. */
import type { CellResult, Quantiles } from './cell-result.js';
import { Totals } from './histogram.js';
import { quantileAt } from './quantiles.js';

const CHECKED = { p50: 0.5, p99: 0.99 } as const;

/** The first figure that is not what it was, with where it stands; null where all agree. */
export function figureProblem(cell: CellResult): string | null {
  for (const [i, { latencyUs, histograms, messages }] of cell.flows.entries()) {
    const where = `flows.${i}.latencyUs.service`;
    const { service } = latencyUs;
    if (service === null || histograms.service === null) continue;
    if (service.count !== messages.answered)
      return `${where}.count is ${service.count}, ${messages.answered} were answered`;
    const problem = against(service, histograms.service, where, `flows.${i}.histograms.service`);
    if (problem !== null) return problem;
  }
  return against(cell.connectUs.total, cell.connectHistogram, 'connectUs.total', 'connectHistogram');
}

function against(quantiles: Quantiles, encoded: string, where: string, histogram: string): string | null {
  let totals: Totals;
  try {
    totals = Totals.decode(encoded);
  } catch {
    return `${histogram} is no histogram`;
  }
  if (totals.count !== quantiles.count)
    return `${where}.count is ${quantiles.count}, its histogram has ${totals.count}`;
  const censored = { timedOut: 0, otherCensored: quantiles.censored, timeoutUs: 0 };
  for (const [name, q] of Object.entries(CHECKED) as [keyof typeof CHECKED, number][]) {
    const answer = quantileAt(totals, censored, q);
    if (answer.kind === 'value' && answer.us !== quantiles[name]) {
      return `${where}.${name} is ${quantiles[name]}, its histogram says ${answer.us}`;
    }
  }
  return null;
}
