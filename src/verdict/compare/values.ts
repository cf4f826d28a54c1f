/** The compared metrics of one measured cell. */
import type { CellResult, Quantiles } from '../../metrics/cell-result.js';
import { flowOf } from '../../metrics/flow.js';
import { MODELS } from '../../plan/models.js';
import { isErrorKnown } from '../accuracy.js';
import { hasFanout } from '../cell-facts.js';
import { servedQuantile } from '../deliver-times.js';
import { countsDeliveries, donePerSecond } from '../done.js';
import { type ComparedKey, DELIVER_KEYS, type DeliverKey, isDeliverKey } from './metrics.js';
import type { Reading } from './readings.js';

/** A value above zero with its lower end, or the reason why there is no value to compare. */
export type ComparedValue =
  | (Reading & { readonly reason: null })
  | { readonly measured: null; readonly lower: null; readonly reason: string };

/** The metric of one measured cell, in its unit. */
export function comparedValue(cell: CellResult, key: ComparedKey): ComparedValue {
  if (key === 'throughput') return throughput(cell);
  if (key === 'connect') return untouched(quantile(cell.connectUs.total, 'p50'));
  if (isDeliverKey(key)) return delivery(cell, key);
  const { service } = flowOf(cell).latencyUs;
  if (service === null) return none('no replies are matched');
  const found = quantile(service, key);
  const end = isErrorKnown(cell) ? cell.brackets?.quantiles[key]?.[0] : undefined;
  return found.measured === null || end === undefined ? found : { ...found, lower: Math.min(end, found.measured) };
}

/** From the send, as the other latencies. */
function delivery(cell: CellResult, key: DeliverKey): ComparedValue {
  if (!hasFanout(cell)) return none('no message reaches other connections');
  const { answer, lower } = servedQuantile(cell, DELIVER_KEYS[key].time, DELIVER_KEYS[key].q);
  if (answer.kind === 'value' && answer.us > 0) {
    return { measured: answer.us, lower: lower === null ? null : Math.min(lower, answer.us), reason: null };
  }
  const isMissed = answer.kind === 'atLeast' || (answer.kind === 'none' && answer.gap === 'unanswered');
  return none(isMissed ? 'it lies among deliveries that were missed' : 'too few messages, p99 takes 1,000 in a cell');
}

/** Deliveries a second where no reply is asked for. */
function throughput(cell: CellResult): ComparedValue {
  const { model, rate } = cell;
  if (countsDeliveries(cell)) {
    const done = donePerSecond(cell);
    return done > 0 ? { measured: done, lower: done, reason: null } : none('nothing was delivered');
  }
  const perSecond = MODELS[model].throughput === 'received' ? rate.receivedPerSecond : rate.answeredPerSecond;
  return perSecond > 0 ? { measured: perSecond, lower: perSecond, reason: null } : none('nothing was answered');
}

/** A value that is measured on our side only, without a way back. */
function untouched(value: ComparedValue): ComparedValue {
  return value.measured === null ? value : { ...value, lower: value.measured };
}

function quantile(quantiles: Quantiles, name: 'p50' | 'p99'): ComparedValue {
  const value = quantiles[name];
  if (quantiles.atLeast.includes(name)) return none('it lies among messages that timed out');
  const few = name === 'p99' ? 'too few messages, it takes 1,000 in a cell' : 'there was nothing to measure it by';
  if (quantiles.atMost.includes(name)) return none(few);
  if (value !== null && value > 0) return { measured: value, lower: null, reason: null };
  return none(quantiles.reasons[name] === 'unanswered' ? 'it lies among messages never answered' : few);
}

function none(reason: string): ComparedValue {
  return { measured: null, lower: null, reason };
}
