/**
 * What a target does wrong with messages that reach many. Deliveries are missed, or take longer and longer. Missed ones
 * are `overloaded` with a sign of too much load, and else `failing`: no lower rate brings what is not passed on.
 */
import type { CellResult } from '../metrics/cell-result.js';
import type { FanoutResult } from '../metrics/fanout-result.js';
import { flowOf } from '../metrics/flow.js';
import { formatCount } from '../units.js';
import { hasFanout } from './cell-facts.js';
import { deliveriesText, missedText } from './deliveries-text.js';
import { TARGET_LIMITS } from './limits.js';
import { keptUpPerSecond, slowingFanout, slowingText } from './overload.js';
import type { CellReason } from './verdict.js';

/**
 * None without messages that reach others. `side`: `unknown` if the generator may be to blame as well. `isFull`: whether
 * anything else says that the load is too much for the target.
 */
export function deliveryReasons(cell: CellResult, side: 'target' | 'unknown', isFull: boolean): CellReason[] {
  if (!hasFanout(cell)) return [];
  const slowing = slowingReasons(cell, side);
  return [...missedReasons(cell, side, isFull || slowing.length > 0), ...slowing];
}

/** A few missed deliveries are a fault, which the gate tells; many, of any request, are more than that. */
function missedReasons(cell: CellResult, side: 'target' | 'unknown', isFull: boolean): CellReason[] {
  const missing = cell.fanout!.filter((fanout) => missedShare(fanout) > TARGET_LIMITS.target_missed.share);
  if (missing.length === 0) return [];
  const measure = Math.max(...missing.map(missedShare));
  const note = (code: string, message: string, fix: string): CellReason[] => [
    { code, side, severity: 'note', cell: cell.id, message, fix, measure },
  ];
  if (isFull || missing.some(cameLate)) return note('target_missed', deliveriesText(cell, 'missed'), LESS_LOAD);
  const { found, fix } = undelivered(cell, missing);
  return note('target_undelivered', `${found}: ${missedText(cell)}`, fix);
}

const LESS_LOAD = 'lower the rate or the number of connections, or raise deliver.timeout';

function missedShare({ deliveries: { delivered, missed } }: FanoutResult): number {
  return missed === 0 ? 0 : missed / (delivered + missed);
}

/** More load than a target can take makes it slow: then part of what comes, comes after the timeout. */
function cameLate({ deliveries: { delivered, late } }: FanoutResult): boolean {
  return late > TARGET_LIMITS.target_missed.share * (delivered + late);
}

/** How a target keeps deliveries back: nothing at all, whole messages, some connections, or some of everything. */
function undelivered(cell: CellResult, missing: readonly FanoutResult[]): { found: string; fix: string } {
  const sum = (of: (fanout: FanoutResult) => number) => missing.reduce((total, each) => total + of(each), 0);
  const sent = sum(({ messages }) => messages.sent);
  const reachedAll = sum(({ messages }) => messages.reachedAll);
  const unreached = sent - sum(({ messages }) => messages.reachedAny);
  const came = 1 - sum(({ deliveries }) => deliveries.missed) / sum(owedOf);
  const took = `${formatCount(sent)} ${sent === 1 ? 'message' : 'messages'}${ofRequest(cell, missing)}`;
  if (came <= HARDLY_ANY) {
    const answered = answeredText(cell, missing);
    const passed = came === 0 ? 'none of them' : 'hardly anything';
    return { found: `the target took ${took}${answered} and passed ${passed} on`, fix: NOTHING_COMES };
  }
  if (unreached > 0 && reachedAll + unreached === sent) {
    return { found: `${formatCount(unreached)} of ${took} reached nobody, the others everybody`, fix: WHOLE_MESSAGES };
  }
  const { subscribers } = cell;
  const short = subscribers?.missing ?? null;
  if (short !== null && short <= subscribers!.count / 2) {
    const found = `only ${formatCount(short)} of ${formatCount(subscribers!.count)} connections did not get every message`;
    return { found, fix: SOME_CONNECTIONS };
  }
  return { found: `deliveries of ${took} are missing here and there`, fix: HERE_AND_THERE };
}

/** Fewer than one delivery in a hundred came. */
const HARDLY_ANY = 0.01;

const owedOf = ({ deliveries: { delivered, missed } }: FanoutResult) => delivered + missed;

/** Empty if every request that reaches others is meant. */
function ofRequest({ fanout = [] }: CellResult, missing: readonly FanoutResult[]): string {
  return missing.length === fanout.length ? '' : ` of ${missing.map(({ name }) => name).join(', ')}`;
}

/** `, answered 150 of them`; empty where no reply is asked for. */
function answeredText(cell: CellResult, missing: readonly FanoutResult[]): string {
  const names = new Set(missing.map(({ name }) => name));
  const asked = (cell.requests ?? []).filter(({ name }) => names.has(name));
  const answered = asked.reduce((sum, request) => sum + flowOf({ flows: [request] }).messages.answered, 0);
  return answered === 0 ? '' : `, answered ${formatCount(answered)} of them`;
}

const TRY_LESS = 'a share that stays the same at a lower rate is not the load';
/** No load is so low that this would help: it is mostly the profile. */
const NOTHING_COMES =
  'join in session, and put {{sequence}} into what the server passes on: no delivery came that has a number of these messages';
const WHOLE_MESSAGES = `look for what the messages that reached nobody share: a room that is stuck, a sender that may not speak, a limit on messages; ${TRY_LESS}`;
const SOME_CONNECTIONS = `look for what these connections share: their room, a node of the server, a limit on each connection; ${TRY_LESS}`;
const HERE_AND_THERE = `look at where the server drops what it has taken: the queue of a connection, QoS 0, its log; ${TRY_LESS}`;

function slowingReasons(cell: CellResult, side: 'target' | 'unknown'): CellReason[] {
  const slowing = slowingFanout(cell);
  if (slowing === null) return [];
  const { growth } = slowing;
  const keptUp = keptUpPerSecond(slowing, true);
  const message = slowingText(cell)!;
  const fix = `lower the rate or the number of connections: it kept up with about ${formatCount(Math.floor(keptUp))} deliveries/s`;
  return [{ code: 'target_deliver', side, severity: 'note', cell: cell.id, message, fix, measure: growth.usPerSecond }];
}
