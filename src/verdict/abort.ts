/** `abortOnFail`: is a threshold lost already while its cell still runs? */
import type { CellResult, FlowResult } from '../metrics/cell-result.js';
import type { Threshold } from '../profile/profile.js';
import { isCount } from './metric-values.js';
import { evaluateThreshold } from './thresholds.js';

/**
 * True where the threshold has failed on what is known of the running cell and more time cannot mend it. `elapsedMs` counts
 * from the start of the cell. Undecided never aborts.
 */
export function shouldAbort(threshold: Threshold, cellSoFar: CellResult, elapsedMs: number): boolean {
  if (!threshold.abortOnFail || elapsedMs < threshold.delayAbortEvalMs) return false;
  if (isCount(threshold.metric) && !countIsFinal(threshold)) return false;
  if (needsMeasurePhase(threshold) && !cellSoFar.seconds.some(({ phase }) => phase === 'measure')) return false;
  return evaluateThreshold(threshold, [settledOnly(cellSoFar)])?.passed === false;
}

/** Counts only grow: being below an upper limit is final once broken, being above a lower one is not. */
function countIsFinal({ comparison, aggregation }: Threshold): boolean {
  return aggregation.kind !== 'rate' && (comparison === '<' || comparison === '<=');
}

/** Before the measure phase these have no value yet, whatever the field says. */
function needsMeasurePhase({ metric }: Threshold): boolean {
  return metric === 'ws_connections_held' || metric.startsWith('server_');
}

/** The cell without messages whose fate is still open: neither due-but-unsent nor in flight counts as unanswered. */
function settledOnly(cell: CellResult): CellResult {
  return { ...cell, flows: cell.flows.map(settledFlow) };
}

function settledFlow(flow: FlowResult): FlowResult {
  const m = flow.messages;
  const unsent = m.dropped + m.backpressure + m.notConnected + m.unsentAtStop + m.lostWithWorker;
  const settled = m.answered + m.timedOut + m.lostOnClose + m.inFlightAtEnd + m.unmatched + unsent;
  return { ...flow, messages: { ...m, planned: settled } };
}
