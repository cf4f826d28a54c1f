/** `abortOnFail`: has a threshold failed for good while its cell still runs? */
import type { CellResult, FlowResult } from '../metrics/cell-result.js';
import { flowOf } from '../metrics/flow.js';
import type { CellSoFar } from '../metrics/so-far.js';
import type { Threshold } from '../profile/profile.js';
import { isCount } from './metric-values.js';
import { evaluateThreshold } from './thresholds.js';

/**
 * True if the threshold fails on the cell so far and cannot pass any more. `elapsedMs` counts from the start of the
 * measure phase. An undecided threshold never aborts a run.
 */
export function shouldAbort(threshold: Threshold, cellSoFar: CellSoFar, elapsedMs: number): boolean {
  if (!threshold.abortOnFail || elapsedMs < threshold.delayAbortEvalMs) return false;
  if (isCount(threshold.metric) && !countIsFinal(threshold)) return false;
  const held = cellSoFar.heldSoFar;
  if (threshold.metric === 'ws_connections_held' && held === null) return false;
  const known: CellResult = {
    ...cellSoFar,
    connections: { ...cellSoFar.connections, held: held ?? 0 },
    flows: [settledFlow(flowOf(cellSoFar))],
    requests: cellSoFar.requests?.map(settledFlow),
  };
  return evaluateThreshold(threshold, [known])?.passed === false;
}

/**
 * Whether a count's failure is final. Counts only grow: a broken upper limit stays broken, a lower one may yet be
 * reached.
 */
function countIsFinal({ comparison, aggregation }: Threshold): boolean {
  return aggregation.kind !== 'rate' && (comparison === '<' || comparison === '<=');
}

/** The flow without open messages: a message that is in flight, or due and not yet sent, is not unanswered yet. */
function settledFlow<T extends FlowResult>(flow: T): T {
  const m = flow.messages;
  const unsent = m.dropped + m.backpressure + m.blocked + m.notConnected + m.unsentAtStop + m.lostWithWorker;
  const settled = m.answered + m.timedOut + m.lostOnClose + m.inFlightAtEnd + m.unmatched + unsent;
  return { ...flow, messages: { ...m, planned: settled } };
}
