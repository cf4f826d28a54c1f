/** The compared metrics of one measured cell. */
import type { CellResult, Quantiles } from '../../metrics/cell-result.js';
import { flowOf } from '../../metrics/flow.js';
import { MODELS } from '../../plan/models.js';
import { isErrorKnown } from '../accuracy.js';
import { hasFanout } from '../cell-facts.js';
import { reachesOneEach, servedQuantile } from '../deliver-times.js';
import { NOBODY_OWED } from '../deliveries-text.js';
import { countsDeliveries, donePerSecond } from '../done.js';
import { type ComparedKey, DELIVER_TIMES, type DeliverTimeKey, isDeliverTime } from './metrics.js';
import { reachOf } from './reach.js';
import type { Reading } from './readings.js';

/** A value above zero with its lower end, or the reason why there is no value to compare. */
export type ComparedValue =
  | (Reading & { readonly reason: null; readonly isBeyond?: never })
  | {
      readonly measured: null;
      readonly lower: null;
      readonly reason: string;
      /** True if it lies among messages that never came, behind every known time. Absent otherwise. */
      readonly isBeyond?: true;
    };

/** The metric of one measured cell, in its unit. */
export function comparedValue(cell: CellResult, key: ComparedKey): ComparedValue {
  if (key === 'throughput') return throughput(cell);
  if (key === 'connect') return untouched(quantile(cell.connectUs.total, 'p50'));
  if (key === 'reach') return reach(cell);
  if (isDeliverTime(key)) return delivery(cell, key);
  const { service } = flowOf(cell).latencyUs;
  if (service === null) return none('no replies are matched');
  const found = quantile(service, key);
  const end = isErrorKnown(cell) ? cell.brackets?.quantiles[key]?.[0] : undefined;
  return found.measured === null || end === undefined ? found : { ...found, lower: Math.min(end, found.measured) };
}

const NO_FANOUT = 'no message reaches other connections';

/** From the send, as the other latencies. */
function delivery(cell: CellResult, key: DeliverTimeKey): ComparedValue {
  if (!hasFanout(cell)) return none(NO_FANOUT);
  if (key === 'spread' && cell.fanout!.every(reachesOneEach)) return none('each message was for one connection');
  const { answer, lower } = servedQuantile(cell, DELIVER_TIMES[key].time, DELIVER_TIMES[key].q);
  if (answer.kind === 'value' && answer.us > 0) {
    return { measured: answer.us, lower: lower === null ? null : Math.min(lower, answer.us), reason: null };
  }
  const isMissed = answer.kind === 'atLeast' || (answer.kind === 'none' && answer.gap === 'unanswered');
  if (isMissed) return beyond('it lies among deliveries that were missed');
  return none(answer.kind === 'value' ? 'it is too short to measure' : 'too few messages, p99 takes 1,000 in a cell');
}

/** Counted exactly, so that no part of it is the generator's. */
function reach(cell: CellResult): ComparedValue {
  if (!hasFanout(cell)) return none(NO_FANOUT);
  const share = reachOf(cell.fanout!.map(({ deliveries }) => deliveries));
  return share === null ? none(NOBODY_OWED) : { measured: share, lower: share, reason: null };
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
  if (quantiles.atLeast.includes(name)) return beyond('it lies among messages that timed out');
  const few = name === 'p99' ? 'too few messages, it takes 1,000 in a cell' : 'there was nothing to measure it by';
  if (quantiles.atMost.includes(name)) return none(few);
  if (value !== null && value > 0) return { measured: value, lower: null, reason: null };
  return quantiles.reasons[name] === 'unanswered' ? beyond('it lies among messages never answered') : none(few);
}

function beyond(reason: string): ComparedValue {
  return { measured: null, lower: null, reason, isBeyond: true };
}

function none(reason: string): ComparedValue {
  return { measured: null, lower: null, reason };
}
