import type { CellResult, FlowResult } from './cell-result.js';
import type { CounterName } from './counters.js';
import { flowOf } from './flow.js';

/**
 * With matching by order, the next frame is taken for the next reply. Two signs show that this was wrong: a frame
 * arrived while no reply was awaited (so earlier frames may not have been replies either), or frames may have held
 * several replies while messages stayed unanswered. Then nobody can tell which figures are wrong.
 */
export interface OrderDoubt {
  /** Messages that came while no reply was awaited, in the warm-up and the measured time. */
  readonly unexpected: number;
  /** Frames that may have held several replies, if messages stayed unanswered; else 0. */
  readonly bundled: number;
}

/** Null if replies are not matched by order, or if there is no sign of a wrong order. */
export function orderDoubt({
  match,
  bundled = 0,
  flows,
}: Pick<CellResult, 'match' | 'bundled' | 'flows'>): OrderDoubt | null {
  if (match !== 'order') return null;
  const { warmup, messages } = flowOf({ flows });
  const sum = (name: CounterName) => warmup[name] + messages[name];
  const doubt = { unexpected: sum('unexpected'), bundled: sum('timedOut') > 0 ? bundled : 0 };
  return doubt.unexpected > 0 || doubt.bundled > 0 ? doubt : null;
}

/** The cell without latencies whose replies may belong to other messages. Unchanged if there is no doubt. */
export function withoutGuesses(cell: CellResult): CellResult {
  if (orderDoubt(cell) === null) return cell;
  const unknown = { p50: null, p90: null, p99: null, max: null };
  return {
    ...cell,
    flows: [withoutLatency(flowOf(cell))],
    stationarity: null,
    seconds: cell.seconds.map((second) => ({ ...second, ...unknown })),
  };
}

function withoutLatency(flow: FlowResult): FlowResult {
  const none = { response: null, service: null };
  return {
    ...flow,
    latencyUs: { ...flow.latencyUs, ...none },
    histograms: { ...flow.histograms, ...none },
    warmupHistograms: { ...flow.warmupHistograms, ...none },
    warmupUs: null,
  };
}
