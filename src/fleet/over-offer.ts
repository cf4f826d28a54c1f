import { peaksOf } from '../coordinator/preflight.js';
import { usageError, type WsurgeError } from '../errors.js';
import { firstHere, peakConnections, sendingConnections } from '../plan/cell.js';
import { formatCount } from '../units.js';
import type { AgentShard, Offer } from './orders.js';

/** What an agent's part of a cell asks beyond its offer (104); null if it takes the part on. */
export function overOffer({ cell, from, to, workers }: AgentShard, offer: Offer): WsurgeError | null {
  const isRange = [from, to, workers].every(Number.isSafeInteger) && 0 <= from && from < to && to <= workers;
  if (!isRange) return usageError('bad_order', `workers ${from} to ${to} of ${workers} are none`);
  if (to - from > offer.workers) return over('workers', to - from, offer.workers, '--workers');
  const connections = firstHere(peakConnections(cell), { from, to }, workers);
  const most = offer.connections ?? Number.POSITIVE_INFINITY;
  if (connections > most) return over('connections', connections, most, '--max-connections');
  const senders = firstHere(sendingConnections(cell), { from, to }, workers);
  const { peakMessagesPerSecond } = peaksOf([cell]);
  // In this order: a share of 55 in 100, multiplied by 100, would be a little more than 55.
  const perSecond = senders === 0 ? 0 : Math.ceil((peakMessagesPerSecond * senders) / sendingConnections(cell));
  const fastest = offer.perSecond ?? Number.POSITIVE_INFINITY;
  return perSecond > fastest ? over('messages a second', perSecond, fastest, '--max-rate') : null;
}

function over(what: string, asked: number, offered: number, flag: string): WsurgeError {
  const count = Number.isFinite(asked) ? formatCount(asked) : 'any number of';
  const message = `it is asked for ${count} ${what}, but offers ${formatCount(offered)}`;
  return usageError('over_offer', message, `add agents, or raise ${flag} of this one`);
}
