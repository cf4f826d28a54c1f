import type { CellResult, Quantiles } from '../../src/metrics/cell-result.js';
import { type Finding, type Floor, finding, JUDGED, type Judged } from './experiment.js';

/** What may be reported below the truth, ms: the two clocks' agreement and a bucket. */
const BELOW_MS = 0.1;
const SHARE_ABOVE = 0.02;

/**
 * Sending late and waking up late can only add: at most the send lag and the floor at the same quantile, and 2 %.
 * `serverMs`: what the server was late by its own log, where the truth is a formula that knows nothing of that.
 */
export function responseFinding(cell: CellResult, floor: Floor, name: Judged, truthMs: number, serverMs = 0): Finding {
  const above = added(lagMs(cell), name) + added(floor, name) + SHARE_ABOVE * truthMs + serverMs;
  return finding(`response ${label(name)}`, 'ms', truthMs, msOf(responseOf(cell), name), { below: BELOW_MS, above });
}

/** What a skewed part adds to the median of a sum is its mean rather than its median. */
function added(partMs: Readonly<Record<Judged, number>>, name: Judged): number {
  return name === 'p50' ? Math.max(partMs.p50, partMs.mean) : partMs[name];
}

export function lagMs(cell: CellResult): Readonly<Record<Judged, number>> {
  return judgedMs(lagOf(cell));
}

export function judgedMs(quantiles: Quantiles): Readonly<Record<Judged, number>> {
  return Object.fromEntries(JUDGED.map((name) => [name, msOf(quantiles, name)])) as Record<Judged, number>;
}

export function msOf(quantiles: Quantiles, name: Judged): number {
  const us = quantiles[name];
  return us === null ? Number.NaN : us / 1000;
}

export function responseOf(cell: CellResult): Quantiles {
  return cell.flows[0]!.latencyUs.response!;
}

export function lagOf(cell: CellResult): Quantiles {
  return cell.flows[0]!.latencyUs.lag!;
}

export function serviceOf(cell: CellResult): Quantiles {
  return cell.flows[0]!.latencyUs.service!;
}

export function label(name: Judged): string {
  return name.replace('_', '.');
}
