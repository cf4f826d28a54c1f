import { type Cell, isMatched, peakConnections, peakRate, sendingConnections } from './cell.js';
import { MODELS } from './models.js';
import { needsOf } from './needs.js';
import { ID_SLOTS_MAX } from './packet-ids.js';

/** Due and sent instants, the message that holds the slot, its state. */
export const BYTES_PER_SLOT = 4 * 8;
/** A ring remembers at least this many messages, answered ones too, so that a repeated reply is recognised. */
const SLOTS_MIN = 16;
const CLOSED_SLOTS_MIN = 64;
const SLACK = 2;
/** A connection also carries the messages of connections that are being replaced. */
const CHURN_SLACK = 4;
/** A message may wait for one timeout for a value that it needs, and then for another one for its reply. */
const WAIT_SLACK = 2;
/** Most slots of a cell, over all its connections on one machine (about 130 MB). A steep connection ramp gets shorter rings. */
const TABLE_SLOTS_MAX = 2 ** 22;

/**
 * Slots of the in-flight table that each connection gets: a power of two that holds the messages of one reply timeout
 * at the cell's rate with a factor of two to spare, capped by `maxInFlight`. `connections`: of the cell, on this machine.
 */
export function ringSlots(cell: Cell, connections = peakConnections(cell)): number {
  if (!isMatched(cell) || peakRate(cell) === 0) return 1;
  if (MODELS[cell.model].pacedBy === 'replies') {
    return Math.min(powerOfTwo(Math.max(CLOSED_SLOTS_MIN, SLACK * cell.inFlight)), mostSlots(cell));
  }
  const senders = Math.min(cell.connections.from, sendingConnections(cell));
  const ratePerConnection = (peakRate(cell) ?? 0) / Math.max(1, senders);
  const slack = (cell.lifetime === null ? SLACK : CHURN_SLACK) * (needsOf(cell.wire) === null ? 1 : WAIT_SLACK);
  const wanted = slack * ratePerConnection * (cell.reply.timeoutMs / 1000) + SLOTS_MIN;
  const slots = powerOfTwo(Math.min(wanted, Math.max(SLOTS_MIN, cell.maxInFlight)));
  const most = 2 ** Math.floor(Math.log2(TABLE_SLOTS_MAX / Math.max(1, connections)));
  return Math.max(1, Math.min(slots, most, mostSlots(cell)));
}

/** Slots that have ids where replies name them. */
function mostSlots({ wire }: Cell): number {
  return wire?.key.kind === 'slot' ? ID_SLOTS_MAX : Number.POSITIVE_INFINITY;
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, atLeast)));
}
