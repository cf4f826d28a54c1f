import type { CellResult, FlowResult } from './cell-result.js';
import type { CounterName } from './counters.js';

/**
 * Matched by order, a reply is whatever comes next. Two things show that the order was not that of the messages:
 * something came while nothing was waited for (then others may have been taken for replies before), and frames that may
 * have held several replies while messages got none. Which figures they spoilt cannot be told.
 */
export interface OrderDoubt {
  /** Messages that came while nothing was waited for, in the warm-up and the measured time. */
  readonly unexpected: number;
  /** Frames that may have held several replies, where messages went unanswered; else 0. */
  readonly bundled: number;
}

/** Null where replies are not matched by order, or where nothing speaks against it. */
export function orderDoubt({
  match,
  bundled = 0,
  flows,
}: Pick<CellResult, 'match' | 'bundled' | 'flows'>): OrderDoubt | null {
  if (match !== 'order') return null;
  const sum = (name: CounterName) =>
    flows.reduce((total, { warmup, messages }) => total + warmup[name] + messages[name], 0);
  const doubt = { unexpected: sum('unexpected'), bundled: sum('timedOut') > 0 ? bundled : 0 };
  return doubt.unexpected > 0 || doubt.bundled > 0 ? doubt : null;
}

/**
 * The cell without the latencies that rest on replies which may belong to other messages; as it is where no doubt is.
 */
export function withoutGuesses(cell: CellResult): CellResult {
  if (orderDoubt(cell) === null) return cell;
  const unknown = { p50: null, p90: null, p99: null, max: null };
  return {
    ...cell,
    flows: cell.flows.map(withoutLatency),
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
