/** The default gates of one cell: checked without being asked for. A gate on messages fails if there are none. */
import type { CellResult } from '../metrics/cell-result.js';
import { awaitedOf, isUnmatched } from '../metrics/censored.js';
import { flowOf } from '../metrics/flow.js';
import { MODELS } from '../plan/models.js';
import { formatCount } from '../units.js';
import { hasFanout } from './cell-facts.js';
import { recoveryText } from './churn.js';
import { deliveriesText, NOBODY_OWED } from './deliveries-text.js';
import { ownEndList, ownEnds } from './ended-by.js';
import { unaskedInOrder } from './reply-judges.js';
import { codeList, failedConnects, lossCodes, lostConnections } from './target-status.js';
import type { GateResult } from './verdict.js';
import { worstRequestText } from './worst-request.js';

const ZERO_GATES = ['lost', 'duplicated', 'reordered', 'corrupted', 'misdelivered'] as const;
/** Only where connections speak a protocol or words of the profile: elsewhere no reply says no, and nothing waits. */
const SPEAKING_GATES = ['failed', 'blocked'] as const;
/** Only where messages reach many connections. */
const DELIVERY_GATES = ['missed', 'redelivered'] as const;

/**
 * Every gate that applies to the cell. An interrupted cell has none: the server did not cause the interruption. Gates
 * on replies apply only if some are asked for and matched, those on deliveries only if messages reach others.
 */
export function gatesOf(cell: CellResult): GateResult[] {
  if (cell.interrupted) return [];
  const { messages } = flowOf(cell);
  const gate = (name: string, passed: boolean, message: string): GateResult => ({
    gate: name,
    cell: cell.id,
    passed,
    message,
  });
  const gates = [connectionsGate(cell, gate), ...recoveryGates(cell, gate)];
  const { sends, pacedBy } = MODELS[cell.model];
  if (!sends) {
    const { received } = messages;
    return [...gates, gate('received', received > 0, `${formatCount(received)} messages received`)];
  }
  const asksForMessages = pacedBy === 'replies' || (cell.rate.askedPerSecond ?? 0) > 0;
  if (!asksForMessages) return gates;
  return [...gates, ...replyGates(cell, gate), ...deliveryGates(cell, gate)];
}

/** None if no reply is matched: then nothing can be asked of replies. */
function replyGates(cell: CellResult, gate: GateOf): GateResult[] {
  const { messages } = flowOf(cell);
  if (isUnmatched(messages)) return [];
  const { answered } = messages;
  const awaited = formatCount(awaitedOf(messages));
  const gates = [gate('answered', answered > 0, `${formatCount(answered)} of ${awaited} messages answered`)];
  if (cell.match === 'order') {
    const unasked = unaskedInOrder(cell);
    gates.push(gate('unexpected', unasked === 0, `${formatCount(unasked)} messages that nobody asked for`));
  }
  const excused = lostByPlan(cell);
  for (const name of cell.protocol === undefined ? ZERO_GATES : [...ZERO_GATES, ...SPEAKING_GATES]) {
    const isExcused = name === 'lost' && excused > 0;
    const beside = isExcused ? `, beside ${formatCount(excused)} by what the plan dropped` : '';
    const count = messages[name] - (isExcused ? excused : 0);
    const worst = count === 0 ? '' : worstRequestText(cell, name);
    gates.push(
      gate(name, count === 0, `${formatCount(count)} ${count === 1 ? 'message' : 'messages'} ${name}${beside}${worst}`),
    );
  }
  return gates;
}

/** Every connection that was owed a delivery must have got it, once. Who closed before is owed none. */
function deliveryGates(cell: CellResult, gate: GateOf): GateResult[] {
  if (!hasFanout(cell)) return [];
  const { messages } = flowOf(cell);
  const { delivered, missed } = messages;
  const owed = delivered + missed;
  const came = owed === 0 ? NOBODY_OWED : `${formatCount(delivered)} of ${formatCount(owed)} deliveries came`;
  const some = gate('delivered', delivered > 0, came);
  return [some, ...DELIVERY_GATES.map((name) => gate(name, messages[name] === 0, deliveriesText(cell, name)))];
}

/** Messages that were in flight on connections which the plan's own events cut. */
function lostByPlan({ events = [] }: CellResult): number {
  return events.reduce((sum, { lostInFlight }) => sum + lostInFlight, 0);
}

/** After every event 99 % of the connections must be held again, if lost ones are reconnected at all. */
function recoveryGates(cell: CellResult, gate: GateOf): GateResult[] {
  return (cell.events ?? [])
    .filter(({ reached, reconnect }) => reached && reconnect !== 'never')
    .map((event) => gate('recovered', event.recoveredMs !== null, recoveryText(event)));
}

type GateOf = (name: string, passed: boolean, message: string) => GateResult;

/** All connections asked for must be held. A ramp holds no fixed number: all must have opened. */
function connectionsGate(cell: CellResult, gate: GateOf): GateResult {
  const { asked, opened, held } = cell.connections;
  const name = cell.ramp ? 'opened' : 'held';
  const count = cell.ramp ? opened : held;
  const refused = failedConnects(cell);
  const why: string[] = [];
  if (refused.length > 0) {
    const named = refused.map(({ phase, code, count }) => ({
      code: phase === 'session' ? `${code} in the session` : code,
      count,
    }));
    why.push(`failed: ${codeList(named)}`);
  }
  if (lostConnections(cell) > 0) why.push(`lost: ${lossCodes(cell)}`);
  const own = ownEnds(cell);
  if (own.length > 0) why.push(`ended by wsurge: ${ownEndList(own)}`);
  const { withoutPong = 0 } = cell.connections;
  if (withoutPong > 0) why.push(`${formatCount(withoutPong)} answered no ping`);
  const because = why.length === 0 || count === asked ? '' : ` (${why.join('; ')})`;
  return gate(name, count === asked, `${formatCount(count)} of ${formatCount(asked)} connections ${name}${because}`);
}
