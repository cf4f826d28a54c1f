import { peaksOf } from '../coordinator/preflight.js';
import { usageError, type WsurgeError } from '../errors.js';
import { firstHere, peakConnections, sendingConnections } from '../plan/cell.js';
import { formatCount } from '../units.js';
import type { AgentShard, Offer } from './orders.js';

/** An agent's part of a cell. */
export type Part = Pick<AgentShard, 'cell' | 'from' | 'to' | 'workers'>;

/** What a part asks more of than the agent offers. */
export interface Excess {
  readonly what: 'workers' | 'connections' | 'messages a second';
  /** Infinity if replies set the pace. */
  readonly asked: number;
  readonly offered: number;
  /** The flag of `wsurge agent` that sets the offer. */
  readonly flag: string;
}

/** The first thing that an agent's part of a cell asks beyond its offer; null if the agent takes the part on. */
export function excessOf({ cell, from, to, workers }: Part, offer: Offer): Excess | null {
  if (to - from > offer.workers) {
    return { what: 'workers', asked: to - from, offered: offer.workers, flag: '--workers' };
  }
  const connections = firstHere(peakConnections(cell), { from, to }, workers);
  const most = offer.connections ?? Number.POSITIVE_INFINITY;
  if (connections > most) {
    return { what: 'connections', asked: connections, offered: most, flag: '--max-connections' };
  }
  const senders = firstHere(sendingConnections(cell), { from, to }, workers);
  const { peakMessagesPerSecond } = peaksOf([cell]);
  // In this order: a share of 55 in 100, multiplied by 100, would be a little more than 55.
  const perSecond = senders === 0 ? 0 : Math.ceil((peakMessagesPerSecond * senders) / sendingConnections(cell));
  const fastest = offer.perSecond ?? Number.POSITIVE_INFINITY;
  if (perSecond <= fastest) return null;
  return { what: 'messages a second', asked: perSecond, offered: fastest, flag: '--max-rate' };
}

/** What an agent's part of a cell asks beyond its offer (104); null if it takes the part on. */
export function overOffer(part: Part, offer: Offer): WsurgeError | null {
  const { from, to, workers } = part;
  const isRange = [from, to, workers].every(Number.isSafeInteger) && 0 <= from && from < to && to <= workers;
  if (!isRange) return usageError('bad_order', `workers ${from} to ${to} of ${workers} are none`);
  const excess = excessOf(part, offer);
  if (excess === null) return null;
  const { what, asked, offered, flag } = excess;
  const count = Number.isFinite(asked) ? formatCount(asked) : 'any number of';
  const message = `it is asked for ${count} ${what}, but offers ${formatCount(offered)}`;
  return usageError('over_offer', message, `add agents, or raise ${flag} of this one`);
}
