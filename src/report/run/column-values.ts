/** The values of columns that take more than one figure of a cell. */
import type { CellResult, FlowResult, RequestResult } from '../../metrics/cell-result.js';
import { flowOf } from '../../metrics/flow.js';
import { atLeastRateText, differenceText, latencyText, rateText } from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import { isClientLimited } from '../../verdict/work-judges.js';
import { type CellText, figure, NOT_MEASURED } from './cell-text.js';

/** The value of a column about messages. */
export function ofFlow<Of extends CellResult>(value: (flow: FlowResult, cell: Of) => CellText): (cell: Of) => CellText {
  return (cell) => value(flowOf(cell), cell);
}

type MeasuredServer = Extract<CellResult['server'], { status: 'measured' }>;

/** The value of a column about the server's process; the gap says why there is none. */
export function ofServer(
  read: (server: MeasuredServer) => number | null,
  textOf: (value: number) => string,
): (cell: CellResult) => CellText {
  return ({ server }) =>
    server.status === 'measured'
      ? figure(read(server), textOf)
      : { ...NOT_MEASURED, gap: sanitize(server.reason, MOST_REASON) };
}

const MOST_REASON = 120;

/** Answered per second; of messages whose reply is not matched, or that have none, sent per second. */
export function achieved(cell: CellResult): CellText {
  const { rate, client } = cell;
  const perSecond = donePerSecond(flowOf(cell), rate.sentPerSecond, rate.answeredPerSecond);
  return client.workers.some((worker) => isClientLimited(cell, worker))
    ? { ...figure(perSecond, atLeastRateText), sign: 'atLeast' }
    : figure(perSecond, rateText);
}

function donePerSecond({ messages }: Pick<FlowResult, 'messages'>, sent: number, answered: number): number {
  return messages.unmatched === 0 ? answered : answered + sent * (messages.unmatched / messages.sent);
}

/** The same of a request. */
export function achievedOf({ messages, perSecond }: RequestResult): CellText {
  return figure(donePerSecond({ messages }, perSecond.sent, perSecond.answered), rateText);
}

/** Reported minus true, as the instrument check of the cell's worst worker found it; `off` where there was none. */
export function instrumentError(name: 'p50' | 'p99'): (cell: CellResult) => CellText {
  return ({ client }) =>
    client.instrumentErrorUs === null
      ? { text: 'off', gap: null }
      : figure(client.instrumentErrorUs[name], differenceText);
}

/** The medians of both halves of the measured time. */
export function halves({ stationarity }: CellResult): CellText {
  if (stationarity === null) return NOT_MEASURED;
  return { text: stationarity.halves.map(({ p50 }) => latencyText(p50)).join(', '), gap: null };
}
